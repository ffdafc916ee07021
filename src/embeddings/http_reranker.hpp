#pragma once
// "Read the question and the passage together: how well do they fit?", answered by a server with /v1/rerank or /rerank: llama-server, vLLM,
// text-embeddings-inference, or anything that speaks as Jina and Cohere do.

#include <docmind/postprocessor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "embeddings/rerank_protocol.hpp"
#include "embeddings/server_answer.hpp"
#include "net/circuit_breaker.hpp"
#include "net/retry_policy.hpp"

namespace docmind {

class ModelServer;

/// Answers how well passages fit a question. Does not sort them. Its coroutines belong to the I/O thread and end before it does.
class HttpReranker final : public Reranker {
  public:
    struct Params {
        std::string base_url;                 ///< with or without /v1 and /rerank
        std::string model;                    ///< empty: not said; the server uses the one it has
        std::string api_key;                  ///< never logged
        std::size_t slots = 2;                ///< requests at once
        std::size_t max_waiting = 64;         ///< requests that may wait for a slot
        std::size_t batch_texts = 10;         ///< of one request; what is not answered in time is lost with its whole request
        std::size_t batch_bytes = 64 * 1024;  ///< of the texts of one request; a single text may be longer
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds timeout{30'000};     ///< a request whose caller has more time than that
        std::chrono::milliseconds drain_limit{2'000};  ///< how long an abandoned request may hold its slot
        RetryPolicy::Params retry;
        CircuitBreaker::Params breaker;
    };

    /// Asks the server about two passages, and by it knows where and how it is to be asked, and whether it answers in logits or in
    /// probabilities. Errors: invalid_argument, naming the setting that is wrong; unavailable, timeout, backend.
    static Task<std::unique_ptr<HttpReranker>> aconnect(Params params, Executor executor);
    ~HttpReranker() override;

    /// Logits; a server's probabilities are made into them. Requests go out in the order of the texts, as many at once as there are slots;
    /// texts that a server finds too long are cut. Errors: unavailable (cannot be reached, refuses, its breaker is open), timeout (not one
    /// answer before the deadline), backend (an answer that is not usable), overloaded (too many requests wait).
    Task<std::vector<float>> ascore(std::string query, std::vector<std::string> texts,
                                    std::chrono::steady_clock::time_point deadline) override;
    /// Host and model, "127.0.0.1:8080/bge-reranker-v2-m3".
    [[nodiscard]] std::string model_id() const override { return model_id_; }
    /// Requests under way, abandoned ones included.
    [[nodiscard]] std::size_t slots_in_use() const noexcept;

  private:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Work;

    HttpReranker(Params params, Executor executor);
    Task<> probe();
    Task<std::vector<double>> ask(std::string query, std::vector<std::string> texts, TimePoint until);
    Task<> run_batch(Work* work, std::vector<std::size_t> batch);

    Params params_;
    ServerName name_;
    std::unique_ptr<ModelServer> server_;
    RerankDialect dialect_ = RerankDialect::v1_documents;
    bool gives_logits_ = false;  ///< some score was below 0 or above 1
    std::string model_id_;
};

}  // namespace docmind
