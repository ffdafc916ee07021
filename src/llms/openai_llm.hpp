#pragma once
// "What does the model behind that address say?" Any server of the OpenAI interface: Ollama, vLLM, llama-server.
//
// Every answer is streamed from the server, also for achat, so that a reader who leaves ends the work at once. No time limit on the
// whole: one until the first token, one between tokens. It calls no tools itself and forwards no member of an answer but its text and,
// where tools were offered, the calls. What server and model can do is tried once (tool_probe.hpp): tools of their own, else turns held
// to a JSON Schema (json_steps.hpp), else a form of words (react_text.hpp).

#include <docmind/llm.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.hpp"
#include "llms/context_window.hpp"
#include "net/circuit_breaker.hpp"
#include "net/retry_policy.hpp"

namespace docmind {

namespace detail {
struct OpenAIBackend;
}

class OpenAILLM final : public LLM {
  public:
    struct Params {
        std::string base_url;          ///< with or without /v1
        std::string model;             ///< empty = the first the server offers
        std::string api_key;           ///< never logged
        int context_window = 4096;     ///< tokens; 0 = what the server says, once astatus() has asked it
        int max_tokens = 400;          ///< of an answer
        double temperature = 0.1;      ///< 0 to 2
        std::size_t slots = 2;         ///< requests at once
        std::size_t max_waiting = 32;  ///< requests that may wait for a slot
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds first_token_timeout{120'000};  ///< from the call, waiting for a slot included
        std::chrono::milliseconds idle_timeout{30'000};          ///< between two events of an answer
        std::chrono::milliseconds status_timeout{2'000};
        std::chrono::milliseconds status_cache{3'000};  ///< how long a status is not asked again
        std::chrono::milliseconds drain_limit{2'000};   ///< how long an abandoned request may hold its slot
        std::size_t counts_at_once = 4;                 ///< requests that count tokens; they take no slot
        FoundWindow::Params window;                     ///< when a server that does not say its context window is asked again
        RetryPolicy::Params retry;
        CircuitBreaker::Params breaker;
    };

    /// Errors: invalid_argument, naming the setting that is wrong.
    OpenAILLM(Params params, Executor executor);
    ~OpenAILLM() override;
    OpenAILLM(const OpenAILLM&) = delete;
    OpenAILLM& operator=(const OpenAILLM&) = delete;

    Task<ChatResponse> achat(ChatRequest request) override;
    Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) override;
    Task<LLMStatus> astatus() override;
    Task<std::vector<std::string>> amodels() override;
    Task<ToolCalling> atool_calling() override;
    /// By POST /tokenize, which llama-server and vLLM have beside /v1.
    Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) override;
    [[nodiscard]] LLMMetadata metadata() const override;

    /// The server has moved, as a restarted child process does; past failures are no longer held against it.
    void set_endpoint(std::string base_url, std::string api_key);
    /// Slots that requests hold now, abandoned ones included.
    [[nodiscard]] std::size_t slots_in_use() const noexcept;

  private:
    std::shared_ptr<detail::OpenAIBackend> backend_;
    Scope trials_;  // the last member: of what the model can do with tools
};

}  // namespace docmind
