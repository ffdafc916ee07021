#include "llms/openai_backend.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <numeric>

#include "async/deadline.hpp"
#include "async/when_all.hpp"
#include "llms/chat_delta_assembler.hpp"
#include "llms/context_window.hpp"
#include "llms/openai_protocol.hpp"
#include "net/api_root.hpp"

namespace docmind::detail {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t max_error_body = 64 * 1024;
constexpr std::size_t max_short_answer = 4 * 1024 * 1024;
constexpr milliseconds error_body_limit{1'000};
constexpr milliseconds drain_poll{100};

milliseconds until(Clock::time_point deadline) {
    return std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

Task<std::string> read_some_body(ResponseStream* response, std::size_t max_bytes) {
    std::string body;
    while (body.size() < max_bytes) {
        const auto chunk = co_await response->next();
        if (!chunk) break;
        body += *chunk;
    }
    co_return body;
}

// What the server says about its refusal, where it says it soon.
Task<std::string> read_complaint(ResponseStream* response) {
    try {
        const std::string body = co_await with_deadline(read_some_body(response, max_error_body), error_body_limit);
        co_return parse_error_body(body);
    } catch (const Error&) {
        co_return std::string();
    }
}

Error translate(const HttpError& error, const std::string& root) {
    switch (error.code()) {
        case errc::unavailable: return {errc::unavailable, "The model server at " + root + " cannot be reached. " + error.what()};
        case errc::timeout: return {errc::timeout, "The model server at " + root + " does not answer in time."};
        case errc::overloaded: return {errc::unavailable, error.what()};
        default: return {errc::backend, "The model server at " + root + " broke off. " + error.what()};
    }
}

// Counts itself as long as it lives.
class Draining {
  public:
    explicit Draining(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    Draining(Draining&&) noexcept = default;
    ~Draining() {
        if (count_) --*count_;
    }
    [[nodiscard]] std::size_t count() const noexcept { return *count_; }

  private:
    std::shared_ptr<std::size_t> count_;
};

// It owns all it needs: the backend may go while the last requests end.
struct Drain {
    std::shared_ptr<HttpClient> http;
    HttpClient::Request slots;
    Permit permit;
    std::weak_ptr<OpenAIBackend> backend;
    Draining draining;
    Clock::time_point deadline;
};

// How many requests the server works on, as llama-server tells; nullopt where it does not.
Task<std::optional<std::size_t>> busy_slots(std::shared_ptr<HttpClient> http, HttpClient::Request request) {
    try {
        const auto response = co_await http->asend(std::move(request));
        if (response.status != 200) co_return std::nullopt;
        co_return parse_busy_slots(response.body);
    } catch (const HttpError& error) {
        if (error.code() != errc::unavailable || error.sent()) co_return std::nullopt;
        co_return 0;  // nobody listens: nobody works
    }
}

// Errors: those of HTTP; backend (it does not count).
Task<> count_one(OpenAIBackend* backend, const std::string* text, std::size_t* tokens, Clock::duration limit) {
    auto request = backend->request("POST", "");
    request.url = backend->root.substr(0, backend->root.rfind('/')) + "/tokenize";
    request.headers.add("Content-Type", "application/json");
    request.body = tokenize_body(backend->model, *text);
    request.timeouts.first_byte = request.timeouts.idle = std::chrono::duration_cast<milliseconds>(limit);
    request.max_body_bytes = max_short_answer;
    const auto response = co_await backend->http->asend(std::move(request));
    const auto counted = response.status == 200 ? parse_token_count(response.body) : std::nullopt;
    if (!counted) {
        // A server that is busy or broken may count later; one that knows no such request never will.
        if (!is_retryable(response.status) && response.status < 500) backend->has_tokenizer = false;
        throw Error(errc::backend, "The model server does not count tokens.");
    }
    *tokens = *counted;
}

Task<> drain(Drain it) {
    bool tells = true;
    while (Clock::now() < it.deadline) {
        if (tells) {
            auto request = it.slots;
            const auto busy = co_await busy_slots(it.http, std::move(request));
            tells = busy.has_value();
            const auto backend = it.backend.lock();
            if (!backend) co_return;
            if (busy && *busy + it.draining.count() <= backend->slots.in_use()) co_return;
        }
        const auto pause = std::min(tells ? drain_poll : until(it.deadline), until(it.deadline));
        co_await sleep_for(pause);
    }
}

}  // namespace

OpenAIBackend::OpenAIBackend(OpenAILLM::Params p, Executor executor)
    : params(std::move(p)),
      root(api_root(params.base_url, "llm")),
      model(params.model),
      http(std::make_shared<HttpClient>(executor)),
      slots({.permits = params.slots, .max_waiting = params.max_waiting}),
      retry(params.retry),
      breaker(params.breaker),
      window(params.window),
      drains(executor) {}

HttpClient::Request OpenAIBackend::request(std::string method, std::string path) const {
    HttpClient::Request request;
    request.method = std::move(method);
    request.url = root + path;
    request.headers.add("Accept", "application/json");
    if (!params.api_key.empty()) request.headers.add("Authorization", "Bearer " + params.api_key);
    request.timeouts.connect = params.connect_timeout;
    request.timeouts.resolve = params.connect_timeout;
    return request;
}

BackendSlot::~BackendSlot() {
    if (!busy_ || !permit_) return;
    auto request = backend_->request("GET", "");
    request.url = backend_->root.substr(0, backend_->root.rfind('/')) + "/slots";
    request.timeouts.first_byte = request.timeouts.idle = milliseconds(500);
    request.max_body_bytes = max_short_answer;
    Drain it{backend_->http, std::move(request),           std::move(permit_),
             backend_,       Draining(backend_->draining), Clock::now() + backend_->params.drain_limit};
    try {
        backend_->drains.spawn(drain(std::move(it)));
    } catch (const Error&) {
        // The backend is closing: its slots do not matter any more.
        return;
    }
}

Task<OpenedChat> open_chat(std::shared_ptr<OpenAIBackend> backend, std::shared_ptr<BackendSlot> slot, std::string body,
                           Clock::time_point deadline) {
    backend->retry.request_started(Clock::now());
    for (int attempts = 1;; ++attempts) {
        if (!backend->breaker.allow(Clock::now())) {
            throw Error(errc::unavailable,
                        "The model server at " + backend->root + " has failed several times in a row; it is asked again in a few seconds.");
        }
        BreakerTry attempt({backend, &backend->breaker});
        auto request = backend->request("POST", "/chat/completions");
        request.headers.set("Accept", "text/event-stream, application/json");
        request.headers.add("Content-Type", "application/json");
        request.body = body;
        request.timeouts.first_byte = until(deadline);
        // The stream has limits of its own: a comment that keeps the connection alive is no sign of the model's life.
        request.timeouts.idle = std::max(backend->params.first_token_timeout, backend->params.idle_timeout);
        std::unique_ptr<ResponseStream> response;
        std::optional<Error> failure;
        std::optional<Clock::duration> retry_after;
        bool again = false;
        slot->busy();
        try {
            response = co_await backend->http->aopen(std::move(request));
        } catch (const HttpError& error) {
            // After a time-out the server may still be at it; a connection that is broken or was never made frees it.
            if (error.code() != errc::timeout) slot->idle();
            again = error.code() == errc::unavailable && !error.sent();
            failure = translate(error, backend->root);
        }
        if (response && response->status() == 200) co_return OpenedChat{std::move(response), std::move(attempt)};
        if (response) {
            slot->idle();
            const int status = response->status();
            again = is_retryable(status);
            retry_after = parse_retry_after(response->headers().value("Retry-After"));
            const std::string said = co_await read_complaint(response.get());
            failure = status_error(status, backend->root, backend->model, said);
            if (status == 404 && backend->params.model.empty()) backend->model.clear();
            // A refusal shows a server that works.
            if (status < 500) attempt.succeeded();
        }
        attempt.failed(Clock::now());
        if (!again) throw *failure;
        const auto delay = backend->retry.next_delay(attempts, retry_after, Clock::now(), random_share());
        if (!delay || Clock::now() + *delay >= deadline) throw *failure;
        response.reset();
        co_await sleep_for(*delay);
    }
}

Task<std::string> ask(std::shared_ptr<OpenAIBackend> backend, HttpClient::Request request, Clock::duration limit) {
    request.timeouts.first_byte = request.timeouts.idle = std::chrono::duration_cast<milliseconds>(limit);
    request.max_body_bytes = max_short_answer;
    std::optional<Error> failure;
    try {
        const auto response = co_await with_deadline(backend->http->asend(std::move(request)), limit);
        if (response.status == 200) co_return response.body;
        failure = status_error(response.status, backend->root, backend->model, parse_error_body(response.body));
    } catch (const HttpError& error) {
        failure = translate(error, backend->root);
    } catch (const Error& error) {
        failure = Error(error.code(), "The model server at " + backend->root + " does not answer in time.");
    }
    throw *failure;
}

Task<std::vector<std::size_t>> count_tokens(std::shared_ptr<OpenAIBackend> backend, std::vector<std::string> texts, Clock::duration limit) {
    std::vector<std::size_t> counts(texts.size());
    if (!backend->has_tokenizer) co_return std::vector<std::size_t>();
    std::vector<std::size_t> places(texts.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    OpenAIBackend* const server = backend.get();
    const auto count = [server, &texts, &counts, limit](std::size_t place) {
        return count_one(server, &texts[place], &counts[place], limit);
    };
    try {
        co_await for_each_limited(std::move(places), server->params.counts_at_once, count);
    } catch (const Error&) {
        counts.clear();
    }
    co_return counts;
}

namespace {

/// Absent where the server does not know the question, or has no answer.
Task<std::optional<std::string>> ask_if_known(std::shared_ptr<OpenAIBackend> backend, HttpClient::Request request, Clock::duration limit) {
    try {
        std::string body = co_await ask(backend, std::move(request), limit);
        co_return body;
    } catch (const Error&) {
        co_return std::nullopt;
    }
}

}  // namespace

Task<std::vector<std::string>> list_models(std::shared_ptr<OpenAIBackend> backend, Clock::duration limit) {
    auto request = backend->request("GET", "/models");
    const std::string body = co_await ask(backend, std::move(request), limit);
    auto models = parse_models(body);
    const std::string model = !backend->params.model.empty() ? backend->params.model : models.empty() ? "" : models.front();
    if (const auto said = context_window_of_models(body, model)) {
        backend->window.found(*said);
    }
    co_return models;
}

Task<> find_context_window(std::shared_ptr<OpenAIBackend> backend, std::string model, Clock::duration limit) {
    const auto now = Clock::now();
    if (backend->params.context_window > 0 || !backend->window.is_due(now)) co_return;
    backend->window.asked(now);
    // These questions are no part of the OpenAI interface: they stand beside its /v1.
    const std::string server = backend->root.substr(0, backend->root.rfind('/'));
    const auto question = [&](std::string method, const char* path) {
        auto request = backend->request(std::move(method), "");
        request.url = server + path;
        return request;
    };
    auto props = question("GET", "/props");
    auto loaded = question("GET", "/api/ps");
    auto show = question("POST", "/api/show");
    show.headers.add("Content-Type", "application/json");
    show.body = boost::json::serialize(boost::json::object{{"model", model}});
    std::optional<std::string> body = co_await ask_if_known(backend, std::move(props), limit);
    std::optional<int> said = body ? context_window_of_props(*body) : std::nullopt;
    if (!said) {
        body = co_await ask_if_known(backend, std::move(loaded), limit);
        if (!body) co_return;  // not Ollama
        said = context_window_of_ollama_ps(*body, model);
    }
    if (said) {
        backend->window.found(*said);
        co_return;
    }
    body = co_await ask_if_known(backend, std::move(show), limit);
    said = body ? context_window_of_ollama_show(*body) : std::nullopt;
    if (said) backend->window.expected(*said);
}

Task<> find_model(std::shared_ptr<OpenAIBackend> backend) {
    if (!backend->model.empty()) co_return;
    const auto models = co_await list_models(backend, backend->params.connect_timeout);
    if (models.empty()) throw Error(errc::unavailable, "The model server at " + backend->root + " has no model: load one into it.");
    backend->model = models.front();
}

}  // namespace docmind::detail
