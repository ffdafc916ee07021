#pragma once
// "How much may I ask of this server, and when?" What all requests to one model server share: connections, slots, retries, breaker.
// Internal to llms/.
//
// A slot is a permit of the Limiter. Closing a connection does not stop every server from generating, so a slot whose request was
// abandoned stays busy until the server says that it is idle (llama-server does) or a drain limit has passed.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/scope.hpp"
#include "llms/context_window.hpp"
#include "llms/openai_llm.hpp"
#include "net/circuit_breaker.hpp"
#include "net/http_client.hpp"
#include "net/retry_policy.hpp"

namespace docmind::detail {

/// What a model can do with tools, while it is tried and afterwards.
struct ToolTrial {
    Event done;
    ToolCalling calling = ToolCalling::none;
    std::optional<Error> failure;  ///< it could not be tried
};

struct OpenAIBackend {
    OpenAIBackend(OpenAILLM::Params p, Executor executor);

    OpenAILLM::Params params;
    std::string root;                  ///< http://host:port/v1
    std::string model;                 ///< empty until it is known
    std::shared_ptr<HttpClient> http;  ///< shared with drains, which outlive nothing else of this
    Limiter slots;
    RetryPolicy retry;
    CircuitBreaker breaker;
    std::shared_ptr<std::size_t> draining = std::make_shared<std::size_t>(0);  ///< abandoned requests that may still run
    std::optional<std::pair<std::chrono::steady_clock::time_point, LLMStatus>> status;
    bool has_tokenizer = true;  ///< until it refused to count
    FoundWindow window;
    std::map<std::string, std::shared_ptr<ToolTrial>> trials;  ///< by address and model
    Scope drains;                                              // the last member

    [[nodiscard]] HttpClient::Request request(std::string method, std::string path) const;
    /// The configured context window, else what the server said; 0 while unknown.
    [[nodiscard]] int context_window() const noexcept { return params.context_window > 0 ? params.context_window : window.tokens(); }
};

/// One request's slot. Dropped while the server may be working on the request, it is given back later.
class BackendSlot {
  public:
    BackendSlot(std::shared_ptr<OpenAIBackend> backend, Permit permit) : backend_(std::move(backend)), permit_(std::move(permit)) {}
    ~BackendSlot();
    BackendSlot(const BackendSlot&) = delete;
    BackendSlot& operator=(const BackendSlot&) = delete;

    /// The server may be working on our request from now on.
    void busy() noexcept { busy_ = true; }
    /// It is known not to.
    void idle() noexcept { busy_ = false; }
    void release() noexcept {
        busy_ = false;
        permit_.release();
    }

  private:
    std::shared_ptr<OpenAIBackend> backend_;
    Permit permit_;
    bool busy_ = false;
};

struct OpenedChat {
    std::unique_ptr<ResponseStream> response;  ///< status 200
    BreakerTry attempt;
};

/// Sends the request, again where that is safe, until an answer begins. Errors: unavailable, timeout, backend.
Task<OpenedChat> open_chat(std::shared_ptr<OpenAIBackend> backend, std::shared_ptr<BackendSlot> slot, std::string body,
                           std::chrono::steady_clock::time_point deadline);

/// A short question, answered within `limit`. Errors: unavailable, timeout, backend.
Task<std::string> ask(std::shared_ptr<OpenAIBackend> backend, HttpClient::Request request, std::chrono::steady_clock::duration limit);

/// How many tokens each text has; empty where the server does not count, which is asked once, or does not answer within `limit`.
Task<std::vector<std::size_t>> count_tokens(std::shared_ptr<OpenAIBackend> backend, std::vector<std::string> texts,
                                            std::chrono::steady_clock::duration limit);

/// The models the server offers; learns the context window where the list says it. Errors: those of ask.
Task<std::vector<std::string>> list_models(std::shared_ptr<OpenAIBackend> backend, std::chrono::steady_clock::duration limit);

/// Asks llama-server and Ollama for the context window of `model`, unless it is known or was asked lately (Params::window). No errors:
/// then it stays unknown.
Task<> find_context_window(std::shared_ptr<OpenAIBackend> backend, std::string model, std::chrono::steady_clock::duration limit);

/// Sees to it that backend->model is known: the configured one, or the first the server offers. Errors: those of ask, unavailable.
Task<> find_model(std::shared_ptr<OpenAIBackend> backend);

}  // namespace docmind::detail
