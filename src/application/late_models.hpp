#pragma once
// "The models are still loading: who waits for what?" Stand-ins that are there from the start and hand on to the model once it has loaded.
//
// A question or a batch that comes too early waits; where a model could not be loaded, everyone gets Error{unavailable} with the reason.

#include <docmind/embedding.hpp>
#include <docmind/error.hpp>
#include <docmind/node_parser.hpp>
#include <docmind/postprocessor.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "async/event.hpp"

namespace docmind {

/// A model of type T that comes later. I/O thread only.
template <class T>
class Late {
  public:
    /// May be called again: then it is another one. Who works with the former keeps it until that is done.
    void set(std::shared_ptr<T> model) {
        model_ = std::move(model);
        decided_.set();
        arrived_.set();
    }
    /// `why`: a sentence for the user.
    void fail(std::string why) {
        why_ = std::move(why);
        decided_.set();
    }
    /// The model, waited for. Errors: unavailable.
    Task<std::shared_ptr<T>> get() {
        co_await decided_.wait();
        if (!model_) throw Error(errc::unavailable, why_);
        co_return model_;
    }
    /// Returns once there is a model.
    Task<> arrived() { co_await arrived_.wait(); }
    Task<> decided() { co_await decided_.wait(); }
    /// Null while it loads and when it failed.
    [[nodiscard]] T* now() const noexcept { return model_.get(); }
    [[nodiscard]] bool is_decided() const noexcept { return decided_.is_set(); }
    [[nodiscard]] const std::string& why() const noexcept { return why_; }

  private:
    std::shared_ptr<T> model_;
    std::string why_;
    Event decided_, arrived_;
};

class LateEmbedding final : public Embedding {
  public:
    Task<Vector> aget_query_embedding(std::string query) override;
    Task<Vector> aget_text_embedding(std::string text) override;
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) override;
    /// 0 until it has loaded.
    [[nodiscard]] std::size_t dimension() const override;
    /// Empty until it has loaded.
    [[nodiscard]] std::string model_id() const override;
    Task<std::shared_ptr<Embedding>> acurrent_model() override;

    Late<Embedding> late;
};

class LateReranker final : public Reranker {
  public:
    Task<std::vector<float>> ascore(std::string query, std::vector<std::string> texts,
                                    std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] std::string model_id() const override;

    /// Why the last call failed; empty where it did not.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

    Late<Reranker> late;

  private:
    std::string failure_;  // what goes on failing for one reason is logged once
};

/// Waits on the pool's thread, where splitting runs.
class LateTokenCounter final : public TokenCounter {
  public:
    /// May be called again, also after fail(). Who counts with the former keeps it until that is done, and may be the last to have it.
    void set(std::shared_ptr<const TokenCounter> counter);
    void fail(std::string why);
    /// Errors: unavailable.
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;

  private:
    mutable std::mutex mutex_;  // over what follows
    mutable std::condition_variable decided_;
    std::shared_ptr<const TokenCounter> counter_;
    std::string why_;  // there is none
};

}  // namespace docmind
