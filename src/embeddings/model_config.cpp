#include "embeddings/model_config.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/hash2/sha2.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace docmind {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::optional<std::string> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The file's object; empty where there is no such file. Only config.json has to be right.
json::object read_object(const fs::path& path, bool required) {
    const std::optional<std::string> text = read_file(path);
    if (!text && !required) return {};
    boost::system::error_code error;
    json::value value = json::parse(text.value_or(""), error);
    if (!error && value.is_object()) return std::move(value.as_object());
    if (!required) return {};
    throw Error(errc::corrupt, fmt::format("{} is not a JSON object. Copy the model directory again.", path.string()));
}

std::optional<std::string> text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string(value->as_string());
}

std::optional<std::size_t> count_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_int64() || value->as_int64() < 0 || value->as_int64() > 1'000'000) return std::nullopt;
    return static_cast<std::size_t>(value->as_int64());
}

bool flag_of(const json::object& object, std::string_view key, bool otherwise) {
    const json::value* value = object.if_contains(key);
    return value && value->is_bool() ? value->as_bool() : otherwise;
}

json::object object_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value && value->is_object() ? value->as_object() : json::object();
}

struct Family {
    std::string_view prefix, part, query, passage;
};
constexpr std::string_view for_searching = "Represent this sentence for searching relevant passages: ";
// The first that fits.
constexpr Family families[] = {
    {"bge-m3", "", "", ""},
    {"bge-", "-en", for_searching, ""},
    {"bge-large", "", for_searching, ""},
    {"e5-mistral", "", "", ""},
    {"e5-", "", "query: ", "passage: "},
    {"multilingual-e5-", "", "query: ", "passage: "},
    {"nomic-embed-text", "", "search_query: ", "search_document: "},
    {"mxbai-embed-", "", for_searching, ""},
    {"snowflake-arctic-embed2", "", "query: ", ""},
    {"snowflake-arctic-embed-", "v2.0", "query: ", ""},
    {"snowflake-arctic-embed", "", for_searching, ""},
    {"embeddinggemma", "", "task: search result | query: ", "title: none | text: "},
    {"qwen3-embedding", "", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:", ""},
};

/// Some kilobytes from all over the file, and its size: weights that were trained or rounded otherwise differ nearly everywhere.
void add_samples(boost::hash2::sha2_256& hash, const fs::path& weights) {
    constexpr std::uintmax_t samples = 16, sample_bytes = 4096;
    const std::uintmax_t size = fs::file_size(weights);
    const std::string digits = std::to_string(size);
    hash.update(digits.data(), digits.size());
    std::ifstream in(weights, std::ios::binary);
    std::string sample(sample_bytes, '\0');
    for (std::uintmax_t i = 0; i < samples && size > 0; ++i) {
        const std::uintmax_t last = size > sample_bytes ? size - sample_bytes : 0;
        in.clear();
        in.seekg(static_cast<std::streamoff>(last * i / (samples - 1)));
        in.read(sample.data(), static_cast<std::streamsize>(sample.size()));
        hash.update(sample.data(), static_cast<std::size_t>(in.gcount()));
    }
}

/// Changes with everything that a passage's vector depends on: not with where the directory lies, and not with what is put before
/// questions.
std::string hash_of(const fs::path& dir, json::object config, const ModelConfig& said) {
    if (json::value* own = config.if_contains("docmind"); own && own->is_object()) own->get_object().erase("query_instruction");
    boost::hash2::sha2_256 hash;
    const std::string text = fmt::format("{}|{}|{}|{}|{}", json::serialize(config), said.pooling == Pooling::mean ? "mean" : "cls",
                                         said.normalize, said.passage_instruction, said.max_tokens);
    hash.update(text.data(), text.size());
    add_samples(hash, dir / "openvino_model.bin");
    const auto digest = hash.result();
    return fmt::format("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
}

Pooling pooling_of(const json::object& docmind, const json::object& pooling_file, std::string_view name) {
    if (const auto said = text_of(docmind, "pooling")) return *said == "mean" ? Pooling::mean : Pooling::cls;
    if (flag_of(pooling_file, "pooling_mode_mean_tokens", false)) return Pooling::mean;
    if (flag_of(pooling_file, "pooling_mode_cls_token", false)) return Pooling::cls;
    return name.contains("e5-") || name.contains("MiniLM") || name.contains("gte-") ? Pooling::mean : Pooling::cls;
}

void require(const fs::path& dir, std::string_view file) {
    if (fs::exists(dir / file)) return;
    throw Error(errc::unavailable,
                fmt::format("The model directory {} has no {}. Run `make setup`, or set model_dir to a Hugging Face OpenVINO export "
                            "with its tokenizer.",
                            dir.string(), file));
}

}  // namespace

Instructions instructions_of(std::string_view name) {
    name.remove_prefix(name.rfind('/') + 1);  // npos + 1 is 0
    std::string lower(name.substr(0, name.find(':')));
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    const auto found =
        std::ranges::find_if(families, [&](const Family& f) { return lower.starts_with(f.prefix) && lower.contains(f.part); });
    if (found == std::end(families)) return {};
    return {.query = std::string(found->query), .passage = std::string(found->passage)};
}

ModelConfig read_model_config(const fs::path& model_dir) {
    std::error_code missing;
    const fs::path dir = fs::canonical(model_dir, missing);
    if (missing)
        throw Error(errc::unavailable,
                    fmt::format("There is no model directory {}. Run `make setup`, or set model_dir.", model_dir.string()));
    for (const std::string_view file :
         {"config.json", "openvino_model.xml", "openvino_model.bin", "openvino_tokenizer.xml", "openvino_tokenizer.bin"})
        require(dir, file);

    const json::object config = read_object(dir / "config.json", true);
    const json::object docmind = object_of(config, "docmind");
    const json::object prompts = object_of(read_object(dir / "config_sentence_transformers.json", false), "prompts");
    const json::object pooling = read_object(dir / "1_Pooling" / "config.json", false);
    const json::object sentence_bert = read_object(dir / "sentence_bert_config.json", false);

    ModelConfig result;
    result.name = dir.filename().string();
    result.architecture = text_of(config, "model_type").value_or("bert");
    const Instructions family = instructions_of(result.name);
    result.pooling = pooling_of(docmind, pooling, result.name);
    result.normalize = flag_of(docmind, "normalize", true);
    result.query_instruction = text_of(docmind, "query_instruction").value_or(text_of(prompts, "query").value_or(family.query));
    result.passage_instruction = text_of(docmind, "passage_instruction")
                                     .value_or(text_of(prompts, "passage").value_or(text_of(prompts, "document").value_or(family.passage)));
    // RoBERTa counts positions from pad_token + 1, so two of them are never used.
    const bool offset = result.architecture.contains("roberta");
    const std::size_t positions = count_of(config, "max_position_embeddings").value_or(512);
    result.max_tokens =
        count_of(docmind, "max_tokens")
            .value_or(count_of(sentence_bert, "max_seq_length").value_or(offset && positions > 2 ? positions - 2 : positions));
    if (result.max_tokens < 8)
        throw Error(errc::corrupt,
                    fmt::format("{} gives the model a window of {} tokens.", (dir / "config.json").string(), result.max_tokens));
    result.dimension = count_of(config, "hidden_size").value_or(0);
    result.pad_token = static_cast<std::int64_t>(count_of(config, "pad_token_id").value_or(0));
    result.model_id = result.name + "-" + hash_of(dir, config, result);
    return result;
}

}  // namespace docmind
