#pragma once
// "What does the model server answer to this body?" One request: a slot, retries, breaker, time limits. What stands in the bodies is
// embedding_protocol.hpp's and rerank_protocol.hpp's. Internal to embeddings/.

#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "embeddings/server_answer.hpp"
#include "net/circuit_breaker.hpp"
#include "net/retry_policy.hpp"

namespace docmind {

class ModelServer {
  public:
    struct Params {
        ServerName name;               ///< for messages
        std::string api_key;           ///< never logged
        std::size_t slots = 4;         ///< requests at once
        std::size_t max_waiting = 64;  ///< requests that may wait for a slot
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds query_timeout{30'000};  ///< an interactive request, once it has its slot
        std::chrono::milliseconds timeout{120'000};       ///< a background one
        std::chrono::milliseconds drain_limit{2'000};     ///< how long an abandoned request may hold its slot
        RetryPolicy::Params retry;
        CircuitBreaker::Params breaker;
    };
    struct Request {
        std::string url;
        std::string body;  ///< JSON
        std::size_t max_answer_bytes = 0;
        Priority priority = Priority::interactive;
        /// Then nobody wants the answer any more: it has timed out, as after its own limit, and is not sent again.
        std::optional<std::chrono::steady_clock::time_point> until;
    };
    struct Answer {
        bool refused_size = false;  ///< fewer or shorter texts may be accepted
        std::string body;           ///< JSON of a 200 answer; of a refusal what the server says
        int status = 200;
    };

    ModelServer(Params params, Executor executor);
    ~ModelServer();
    ModelServer(const ModelServer&) = delete;
    ModelServer& operator=(const ModelServer&) = delete;

    /// Waits for a slot, interactive before background, and sends the request, again where that is safe. Cancelled, it closes the
    /// connection; the slot is held for the drain limit then, as after a time-out: not every server stops with the connection.
    /// Errors: unavailable, timeout, backend, overloaded (too many wait).
    Task<Answer> aask(Request request);

    [[nodiscard]] std::size_t slots_in_use() const noexcept;

  private:
    struct State;
    class Slot;
    static Task<Answer> ask(std::shared_ptr<State> state, Request request);

    std::shared_ptr<State> state_;
};

}  // namespace docmind
