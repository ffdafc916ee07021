#include "embeddings/model_server.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "async/deadline.hpp"
#include "async/limiter.hpp"
#include "async/scope.hpp"
#include "net/http_client.hpp"

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;

Error translate(const HttpError& error, const ServerName& name) {
    const std::string server = server_words(name);
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
struct ModelServer::State {
    State(Params p, const Executor& executor)
        : params(std::move(p)),
          http({.max_idle_per_host = params.slots, .max_connections_per_host = params.slots * 2 + 8}, executor),
          slots({.permits = params.slots, .max_waiting = params.max_waiting}),
          retry(params.retry),
          breaker(std::make_shared<CircuitBreaker>(params.breaker)),
          drains(executor) {}

    [[nodiscard]] HttpClient::Request request(const Request& asked, Clock::duration limit) const {
        HttpClient::Request request;
        request.method = "POST";
        request.url = asked.url;
        request.headers.add("Accept", "application/json");
        request.headers.add("Content-Type", "application/json");
        if (!params.api_key.empty()) request.headers.add("Authorization", "Bearer " + params.api_key);
        request.body = asked.body;
        request.timeouts.connect = request.timeouts.resolve = params.connect_timeout;
        request.timeouts.first_byte = request.timeouts.idle = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
        request.max_body_bytes = asked.max_answer_bytes;
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
class ModelServer::Slot {
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

ModelServer::ModelServer(Params params, Executor executor) : state_(std::make_shared<State>(std::move(params), executor)) {}

ModelServer::~ModelServer() = default;

Task<ModelServer::Answer> ModelServer::aask(Request request) {
    const auto state = state_;
    Answer answer = co_await ask(state, std::move(request));
    co_return answer;
}

Task<ModelServer::Answer> ModelServer::ask(std::shared_ptr<State> state, Request asked) {
    const Params& params = state->params;
    const Clock::time_point until = asked.until.value_or(Clock::time_point::max());
    state->retry.request_started(Clock::now());
    for (int attempts = 1;; ++attempts) {
        std::optional<Error> failure;
        std::optional<Clock::duration> retry_after;
        bool again = false;
        {
            Permit permit = co_await state->slots.acquire(asked.priority);
            Slot slot(state, std::move(permit));
            if (!state->breaker->allow(Clock::now())) {
                throw Error(errc::unavailable,
                            server_words(params.name) + " has failed several times in a row; it is asked again in a few seconds.");
            }
            BreakerTry attempt(state->breaker);
            const Clock::duration own = asked.priority == Priority::interactive ? params.query_timeout : params.timeout;
            const Clock::duration limit = std::clamp<Clock::duration>(until - Clock::now(), std::chrono::milliseconds(1), own);
            HttpClient::Request request = state->request(asked, limit);
            std::optional<HttpClient::Response> response;
            slot.busy = true;
            try {
                response = co_await with_deadline(state->http.asend(std::move(request)), limit);
            } catch (const HttpError& error) {
                // After a time-out the server may still be at it; a connection that is broken or was never made frees it.
                slot.busy = error.code() == errc::timeout;
                again = error.code() == errc::unavailable && !error.sent();
                failure = translate(error, params.name);
            } catch (const Error&) {
                failure = Error(errc::timeout, server_words(params.name) + " does not answer in time.");
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
                failure = refusal(status, params.name, said);
            }
            attempt.failed(Clock::now());
        }
        // Without the slot: others need not wait for this one's pause.
        if (!again) throw *failure;
        const auto delay = state->retry.next_delay(attempts, retry_after, Clock::now(), random_share());
        if (!delay || *delay >= until - Clock::now()) throw *failure;
        co_await sleep_for(*delay);
    }
}

std::size_t ModelServer::slots_in_use() const noexcept {
    return state_->slots.in_use();
}

}  // namespace docmind
