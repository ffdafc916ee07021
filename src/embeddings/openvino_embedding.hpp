#pragma once
// "Where does this text lie?", answered by a model on this machine's CPU.
//
// The model is compiled twice. A question goes to a copy that uses all cores for one text at ordinary priority. Passages go to a copy with
// one single-threaded stream per core whose threads are nice, in short batches of similar length: that gives the most tokens a second, and
// the kernel hands the cores over at once when a question, the page or the local LLM wants them.

#include <docmind/embedding.hpp>
#include <docmind/node_parser.hpp>

#include "embeddings/model_config.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class Encoder;
class Pool;
class Tokenizer;

/// Answers where texts lie and how many tokens they have. Its coroutines belong to the I/O thread and end before it does.
class OpenVinoEmbedding : public Embedding, public TokenCounter {
  public:
    struct Params {
        std::filesystem::path model_dir;           ///< a Hugging Face OpenVINO export with its tokenizer, see model_config.hpp
        std::size_t batch_tokens = 512;            ///< padded tokens of one inference at most; at least 64
        std::string query_instruction;             ///< put before a question; empty: what the model's directory or name says
        int threads = 0;                           ///< 0: one per core
        int background_nice = 10;                  ///< added to the nice level of the threads that embed passages
        std::filesystem::path tokenizers_library;  ///< empty: the one this program or library came with
    };

    /// Loads and compiles; blocks for one or two seconds, so call it on a pool. `pool` makes passages into tokens and outlives this.
    /// Errors: invalid_argument; unavailable (something is missing); corrupt (something cannot be loaded). Each says what and where.
    OpenVinoEmbedding(Params params, Pool& pool);
    ~OpenVinoEmbedding() override;

    /// Errors of all three: backend (the model failed), overloaded (too many wait).
    Task<Vector> aget_query_embedding(std::string query) override;
    Task<Vector> aget_text_embedding(std::string text) override;
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority = Priority::background) override;

    [[nodiscard]] std::size_t dimension() const override { return dimension_; }
    [[nodiscard]] std::string model_id() const override { return config_.model_id; }
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;
    /// What is put before a question.
    [[nodiscard]] const std::string& query_instruction() const noexcept { return config_.query_instruction; }

  private:
    struct Work;

    Task<Vector> embed_one(std::string text);
    Task<> run_batch(Work* work, std::vector<std::size_t> batch);

    const Params params_;
    Pool& pool_;
    ModelConfig config_;
    std::unique_ptr<Tokenizer> question_tokenizer_;
    std::unique_ptr<Tokenizer> passage_tokenizer_;
    std::unique_ptr<Encoder> question_encoder_;
    std::unique_ptr<Encoder> passage_encoder_;
    std::size_t dimension_ = 0;
};

}  // namespace docmind
