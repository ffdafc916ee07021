#pragma once
// "Where does this text lie?", answered by a server of the OpenAI interface (/v1/embeddings): Ollama, text-embeddings-inference, vLLM,
// llama-server.
//
// Passages are sent in requests of similar length, as many at once as the server has slots; the next request goes out before the answer
// of the last is read. A question's request is the next to be sent, whatever waits. Texts that the server finds too long are sent again
// in smaller requests, and where one is too long by itself its beginning is, as a local model would cut it.

#include <docmind/embedding.hpp>
#include <docmind/node_parser.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "embeddings/embedding_protocol.hpp"
#include "embeddings/server_answer.hpp"
#include "net/circuit_breaker.hpp"
#include "net/retry_policy.hpp"

namespace docmind {

class ModelServer;
class Pool;

/// Answers where texts lie. Its coroutines belong to the I/O thread and end before it does.
class OpenAIEmbedding final : public Embedding, public TokenCounter {
  public:
    struct Params {
        std::string base_url;                  ///< with or without /v1
        std::string model;                     ///< empty: not said; the server uses the one it has
        std::string api_key;                   ///< never logged
        std::string query_instruction;         ///< put before a question; empty: what the model's name says
        std::string passage_instruction;       ///< put before a passage; empty: what the model's name says
        std::size_t slots = 4;                 ///< requests at once
        std::size_t max_waiting = 1024;        ///< requests that may wait for a slot
        std::size_t batch_texts = 32;          ///< of one request; text-embeddings-inference takes no more unless told to
        std::size_t batch_bytes = 128 * 1024;  ///< of the texts of one request; a single text may be longer
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds query_timeout{30'000};  ///< a question's request, once it has its slot
        std::chrono::milliseconds timeout{120'000};       ///< a request with passages
        std::chrono::milliseconds drain_limit{2'000};     ///< how long an abandoned request may hold its slot
        RetryPolicy::Params retry;
        CircuitBreaker::Params breaker;
    };

    /// Asks the server for one vector, and by it knows the dimension and in which format it answers. `pool` writes and reads long bodies
    /// and outlives this; `counter` counts tokens, null: an estimate. Errors: invalid_argument, naming the setting that is wrong;
    /// unavailable, timeout, backend.
    static Task<std::unique_ptr<OpenAIEmbedding>> aconnect(Params params, Pool* pool, Executor executor,
                                                           std::shared_ptr<const TokenCounter> counter = nullptr);
    ~OpenAIEmbedding() override;

    /// Errors of all three: unavailable (cannot be reached, has too much to do, refuses the key), timeout, backend (a refusal, an answer
    /// that is not usable, vectors of another dimension), overloaded (too many requests wait).
    Task<Vector> aget_query_embedding(std::string query) override;
    Task<Vector> aget_text_embedding(std::string text) override;
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority = Priority::background) override;

    [[nodiscard]] std::size_t dimension() const override { return dimension_; }
    /// Host, model and dimension, "127.0.0.1:11434/nomic-embed-text/768", and a mark of the passage instruction where there is one.
    [[nodiscard]] std::string model_id() const override { return model_id_; }
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;
    /// What count_tokens() counts with; it needs no server and goes on without this.
    [[nodiscard]] std::shared_ptr<const TokenCounter> token_counter() const noexcept { return counter_; }
    /// What is put before a question.
    [[nodiscard]] const std::string& query_instruction() const noexcept { return params_.query_instruction; }
    /// Requests under way, abandoned ones included.
    [[nodiscard]] std::size_t slots_in_use() const noexcept;

  private:
    struct Work;

    OpenAIEmbedding(Params params, Pool& pool, Executor executor, std::shared_ptr<const TokenCounter> counter);
    Task<> probe();
    Task<> ask_for_dimension();
    Task<Vector> embed_one(std::string text, std::string instruction);
    Task<std::vector<Vector>> embed_all(std::vector<std::string> texts, std::string instruction, Priority priority);
    Task<> run_request(std::shared_ptr<Work> work, std::vector<std::size_t> request);
    [[nodiscard]] std::size_t max_answer_bytes(std::size_t texts) const noexcept;

    Params params_;
    Pool& pool_;
    std::shared_ptr<const TokenCounter> counter_;
    ServerName name_;
    std::unique_ptr<ModelServer> server_;
    VectorFormat format_ = VectorFormat::base64;
    std::size_t dimension_ = 0;  ///< 0 until the probe has been answered
    std::string model_id_;
};

}  // namespace docmind
