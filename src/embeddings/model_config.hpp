#pragma once
// "What does this model directory say about its model?"
//
// A model directory is what Hugging Face's OpenVINO export writes. What it says stands in up to four small files; the first that speaks
// wins:
//   config.json                        "docmind": {"pooling", "normalize", "query_instruction", "passage_instruction", "max_tokens"}
//   1_Pooling/config.json              pooling_mode_cls_token, pooling_mode_mean_tokens
//   config_sentence_transformers.json  "prompts": {"query", "passage" or "document"}
//   sentence_bert_config.json          "max_seq_length"
// and for well-known families by the directory's name.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace docmind {

enum class Pooling { cls, mean };

struct ModelConfig {
    std::string name;          ///< the directory's, links resolved
    std::string model_id;      ///< name and a hash of what vectors of passages depend on, "bge-small-en-v1.5-1a2b3c4d"
    std::string architecture;  ///< model_type, e.g. "bert"
    Pooling pooling = Pooling::cls;
    bool normalize = true;
    std::string query_instruction;    ///< put before a question; may be empty
    std::string passage_instruction;  ///< put before a passage; may be empty
    std::size_t max_tokens = 512;     ///< the model's window, special tokens included
    std::size_t dimension = 0;        ///< hidden_size; 0 if not said
    std::int64_t pad_token = 0;
};

struct Instructions {
    std::string query;    ///< put before a question; may be empty
    std::string passage;  ///< put before a passage; may be empty
};

/// What well-known families of models want to read before a text, by the model's name as servers and directories have it
/// ("BAAI/bge-small-en-v1.5", "nomic-embed-text:latest"). Empty for all others.
[[nodiscard]] Instructions instructions_of(std::string_view name);

/// Reads the directory. Errors: unavailable (no such directory, or a file of the model is missing), corrupt (config.json is no JSON
/// object). Both name the path and what to do.
[[nodiscard]] ModelConfig read_model_config(const std::filesystem::path& model_dir);

}  // namespace docmind
