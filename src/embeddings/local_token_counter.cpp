#include "embeddings/local_token_counter.hpp"

#include "embeddings/model_config.hpp"
#include "embeddings/openvino_runtime.hpp"
#include "embeddings/tokenizer.hpp"

namespace docmind {

LocalTokenCounter::LocalTokenCounter(const std::filesystem::path& model_dir, const std::filesystem::path& tokenizers_library) {
    const ModelConfig config = read_model_config(model_dir);
    ov::Core core = make_core(tokenizers_library);
    tokenizer_ = std::make_unique<Tokenizer>(core, model_dir, config.max_tokens, 0);
}

LocalTokenCounter::~LocalTokenCounter() = default;

std::vector<std::uint32_t> LocalTokenCounter::count_tokens(const std::vector<std::string>& texts) const {
    return tokenizer_->count(texts);
}

}  // namespace docmind
