#include "embeddings/embedding_server.hpp"

#include <docmind/error.hpp>

#include <optional>
#include <utility>

#include "async/deadline.hpp"
#include "async/limiter.hpp"
#include "async/scope.hpp"
#include "embeddings/embedding_protocol.hpp"
#include "net/http_client.hpp"

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;

Error translate(const HttpError& error, const std::string& root) {
    const std::string server = "The embedding server at " + root;
    switch (error.code()) {
        case errc::unavailable: return {errc::unavailable, server + " cannot be reached. " + error.what()};
        case errc::timeout: return {errc::timeout, server + " does not answer in time."};
        case errc::overloaded: return {errc::unavailable, error.what()};
        default: return {errc::backend, server + " broke off. " + error.what()};
    }
}

Task<> hold(Permit permit, Clock::duration time) {
    co_await sleep_for(time);
    permit.release();
}

}  // namespace

/// It may outlive its server, as requests do where the io_context ends first.
struct EmbeddingServer::State {
    State(Params p, const Executor& executor)
        : params(std::move(p)),
          http({.max_idle_per_host = params.slots, .max_connections_per_host = params.slots * 2 + 8}, executor),
          slots({.permits = params.slots, .max_waiting = params.max_waiting}),
          retry(params.retry),
          breaker(std::make_shared<CircuitBreaker>(params.breaker)),
          drains(executor) {}

    [[nodiscard]] HttpClient::Request request(const std::string& body, std::size_t max_answer_bytes, Clock::duration limit) const {
        HttpClient::Request request;
        request.method = "POST";
        request.url = params.root + "/embeddings";
        request.headers.add("Accept", "application/json");
        request.headers.add("Content-Type", "application/json");
        if (!params.api_key.empty()) request.headers.add("Authorization", "Bearer " + params.api_key);
        request.body = body;
        request.timeouts.connect = request.timeouts.resolve = params.connect_timeout;
        request.timeouts.first_byte = request.timeouts.idle = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
        request.max_body_bytes = max_answer_bytes;
        return request;
    }

    Params params;
    HttpClient http;
    Limiter slots;
    RetryPolicy retry;
    std::shared_ptr<CircuitBreaker> breaker;
    Scope drains;  // the last member
};

/// A permit that is held for a while longer where the server may still be working when it is dropped.
class EmbeddingServer::Slot {
  public:
    Slot(std::shared_ptr<State> state, Permit permit) : state_(std::move(state)), permit_(std::move(permit)) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
        if (busy) state_->drains.spawn(hold(std::move(permit_), state_->params.drain_limit));
    }
    bool busy = false;

  private:
    std::shared_ptr<State> state_;
    Permit permit_;
};

EmbeddingServer::EmbeddingServer(Params params, Executor executor) : state_(std::make_shared<State>(std::move(params), executor)) {}

EmbeddingServer::~EmbeddingServer() = default;

Task<EmbeddingServer::Answer> EmbeddingServer::aask(std::string body, std::size_t max_answer_bytes, Priority priority) {
    const auto state = state_;
    Answer answer = co_await ask(state, std::move(body), max_answer_bytes, priority);
    co_return answer;
}

Task<EmbeddingServer::Answer> EmbeddingServer::ask(std::shared_ptr<State> state, std::string body, std::size_t max_answer_bytes,
                                                   Priority priority) {
    const Params& params = state->params;
    const auto limit = priority == Priority::interactive ? params.query_timeout : params.timeout;
    state->retry.request_started(Clock::now());
    for (int attempts = 1;; ++attempts) {
        std::optional<Error> failure;
        std::optional<Clock::duration> retry_after;
        bool again = false;
        {
            Permit permit = co_await state->slots.acquire(priority);
            Slot slot(state, std::move(permit));
            if (!state->breaker->allow(Clock::now())) {
                throw Error(errc::unavailable, "The embedding server at " + params.root +
                                                   " has failed several times in a row; it is asked again in a few seconds.");
            }
            BreakerTry attempt(state->breaker);
            HttpClient::Request request = state->request(body, max_answer_bytes, limit);
            std::optional<HttpClient::Response> response;
            slot.busy = true;
            try {
                response = co_await with_deadline(state->http.asend(std::move(request)), limit);
            } catch (const HttpError& error) {
                // After a time-out the server may still be at it; a connection that is broken or was never made frees it.
                slot.busy = error.code() == errc::timeout;
                again = error.code() == errc::unavailable && !error.sent();
                failure = translate(error, params.root);
            } catch (const Error&) {
                failure = Error(errc::timeout, "The embedding server at " + params.root + " does not answer in time.");
            }
            if (response) {
                slot.busy = false;
                const int status = response->status;
                // A refusal shows a server that works.
                if (status < 500) attempt.succeeded();
                if (status == 200) co_return Answer{.body = std::move(response->body)};
                again = is_retryable(status);
                retry_after = parse_retry_after(response->headers.value("Retry-After"));
                std::string said = parse_refusal(response->body);
                if (is_about_size(status, said)) co_return Answer{.refused_size = true, .body = std::move(said), .status = status};
                failure = embedding_refusal(status, params.root, params.model, said);
            }
            attempt.failed(Clock::now());
        }
        // Without the slot: others need not wait for this one's pause.
        if (!again) throw *failure;
        const auto delay = state->retry.next_delay(attempts, retry_after, Clock::now(), random_share());
        if (!delay) throw *failure;
        co_await sleep_for(*delay);
    }
}

std::size_t EmbeddingServer::slots_in_use() const noexcept {
    return state_->slots.in_use();
}

}  // namespace docmind
