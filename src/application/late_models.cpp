#include "application/late_models.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace docmind {

Task<Vector> LateEmbedding::aget_query_embedding(std::string query) {
    const std::shared_ptr<Embedding> model = co_await late.get();
    co_return co_await model->aget_query_embedding(std::move(query));
}

Task<Vector> LateEmbedding::aget_text_embedding(std::string text) {
    const std::shared_ptr<Embedding> model = co_await late.get();
    co_return co_await model->aget_text_embedding(std::move(text));
}

Task<std::vector<Vector>> LateEmbedding::aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) {
    const std::shared_ptr<Embedding> model = co_await late.get();
    co_return co_await model->aget_text_embedding_batch(std::move(texts), priority);
}

std::size_t LateEmbedding::dimension() const {
    return late.now() ? late.now()->dimension() : 0;
}

std::string LateEmbedding::model_id() const {
    return late.now() ? late.now()->model_id() : "";
}

Task<std::shared_ptr<Embedding>> LateEmbedding::acurrent_model() {
    return late.get();
}

Task<std::vector<float>> LateReranker::ascore(std::string query, std::vector<std::string> texts,
                                              std::chrono::steady_clock::time_point deadline) {
    // A question does not wait for the reranker to load: it is answered without.
    if (!late.is_decided()) throw Error(errc::unavailable, "The reranker is still loading.");
    const std::shared_ptr<Reranker> model = co_await late.get();
    try {
        std::vector<float> logits = co_await model->ascore(std::move(query), std::move(texts), deadline);
        failure_.clear();
        co_return logits;
    } catch (const Error& error) {
        if (failure_ != error.what()) spdlog::warn("answers are not reranked: {}", error.what());
        failure_ = error.what();
        throw;
    }
}

std::string LateReranker::model_id() const {
    return late.now() ? late.now()->model_id() : "";
}

void LateTokenCounter::set(std::shared_ptr<const TokenCounter> counter) {
    {
        const std::lock_guard lock(mutex_);
        counter_.swap(counter);
    }
    decided_.notify_all();
}

void LateTokenCounter::fail(std::string why) {
    {
        const std::lock_guard lock(mutex_);
        why_ = std::move(why);
    }
    decided_.notify_all();
}

std::vector<std::uint32_t> LateTokenCounter::count_tokens(const std::vector<std::string>& texts) const {
    std::shared_ptr<const TokenCounter> counter;
    {
        std::unique_lock lock(mutex_);
        decided_.wait(lock, [this] { return counter_ != nullptr || !why_.empty(); });
        if (counter_ == nullptr) throw Error(errc::unavailable, why_);
        counter = counter_;
    }
    return counter->count_tokens(texts);
}

}  // namespace docmind
