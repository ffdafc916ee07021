#include "embeddings/openvino_embedding.hpp"

#include "async/offload.hpp"
#include "async/when_all.hpp"
#include "embeddings/batch_plan.hpp"
#include "embeddings/encoder.hpp"
#include "embeddings/pooling.hpp"
#include "embeddings/tokenizer.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace docmind {

/// One call of aget_text_embedding_batch.
struct OpenVinoEmbedding::Work {
    Encoder* encoder;
    std::vector<TokenIds> tokens;
    std::vector<Vector> vectors;
};

OpenVinoEmbedding::OpenVinoEmbedding(Params params, Pool& pool)
    : params_(std::move(params)), pool_(pool), config_(read_model_config(params_.model_dir)) {
    if (params_.batch_tokens < 64) throw Error(errc::invalid_argument, "batch_tokens must be at least 64.");
    if (!params_.query_instruction.empty()) config_.query_instruction = params_.query_instruction;
    const int threads = thread_count(params_.threads);
    ov::Core core = make_core(params_.tokenizers_library);
    question_tokenizer_ = std::make_unique<Tokenizer>(core, params_.model_dir, config_.max_tokens, 0);
    passage_tokenizer_ = std::make_unique<Tokenizer>(core, params_.model_dir, config_.max_tokens, params_.background_nice);
    const CompileParams for_questions{.streams = 1, .threads = threads};
    const CompileParams for_passages{.streams = threads, .threads = threads, .nice = params_.background_nice};
    const ModelFile model = read_model_file(core, params_.model_dir / "openvino_model.xml");
    question_encoder_ = std::make_unique<Encoder>(core, model, for_questions, config_.pad_token);
    passage_encoder_ = std::make_unique<Encoder>(core, model, for_passages, config_.pad_token);
    dimension_ = question_encoder_->width() > 0 ? question_encoder_->width() : config_.dimension;
    if (dimension_ == 0)
        throw Error(errc::corrupt,
                    fmt::format("Neither the model nor config.json in {} says how long a vector is.", params_.model_dir.string()));
    question_encoder_->warm_up({8, 16, 24, 32, 40});
    passage_encoder_->warm_up({256});
}

OpenVinoEmbedding::~OpenVinoEmbedding() = default;

Task<Vector> OpenVinoEmbedding::aget_query_embedding(std::string query) {
    std::string text = config_.query_instruction + query;
    Vector vector = co_await embed_one(std::move(text));
    co_return vector;
}

Task<Vector> OpenVinoEmbedding::aget_text_embedding(std::string text) {
    std::string passage = config_.passage_instruction + text;
    Vector vector = co_await embed_one(std::move(passage));
    co_return vector;
}

Task<Vector> OpenVinoEmbedding::embed_one(std::string text) {
    TokenIds tokens = co_await question_tokenizer_->atokenize(std::move(text));
    const std::size_t length = tokens.size();
    std::vector<Sequence> batch;
    batch.push_back({.ids = std::move(tokens)});
    const Encoder::Output output = co_await question_encoder_->arun(std::move(batch));
    co_return pooled(output, 0, length, config_);
}

Task<std::vector<Vector>> OpenVinoEmbedding::aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) {
    if (texts.empty()) co_return std::vector<Vector>();
    const bool interactive = priority == Priority::interactive;
    const Tokenizer* const tokenizer = interactive ? question_tokenizer_.get() : passage_tokenizer_.get();
    auto tokenize = [tokenizer, instruction = config_.passage_instruction, texts = std::move(texts)](const std::stop_token&) mutable {
        for (std::string& text : texts) text.insert(0, instruction);
        return tokenizer->tokenize(texts);
    };
    Work work{.encoder = interactive ? question_encoder_.get() : passage_encoder_.get(), .tokens = {}, .vectors = {}};
    work.tokens = co_await offload(pool_, priority, std::move(tokenize));
    work.vectors.resize(work.tokens.size());
    std::vector<std::size_t> lengths;
    for (const TokenIds& tokens : work.tokens) lengths.push_back(tokens.size());
    std::vector<std::vector<std::size_t>> batches = plan_batches(lengths, params_.batch_tokens);
    const auto streams = static_cast<std::size_t>(work.encoder->streams());
    const auto run = [this, &work](std::vector<std::size_t>& batch) { return run_batch(&work, std::move(batch)); };
    co_await for_each_limited(std::move(batches), streams, run);
    co_return std::move(work.vectors);
}

Task<> OpenVinoEmbedding::run_batch(Work* work, std::vector<std::size_t> batch) {
    std::vector<Sequence> sequences;
    for (const std::size_t i : batch) sequences.push_back({.ids = work->tokens[i]});
    const Encoder::Output output = co_await work->encoder->arun(std::move(sequences));
    for (std::size_t row = 0; row < batch.size(); ++row) {
        work->vectors[batch[row]] = pooled(output, row, work->tokens[batch[row]].size(), config_);
    }
}

std::vector<std::uint32_t> OpenVinoEmbedding::count_tokens(const std::vector<std::string>& texts) const {
    return passage_tokenizer_->count(texts);
}

}  // namespace docmind
