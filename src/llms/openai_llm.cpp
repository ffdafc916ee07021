#include "llms/openai_llm.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "llms/openai_backend.hpp"
#include "llms/openai_stream.hpp"
#include "llms/tool_probe.hpp"
#include "net/api_root.hpp"

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;
using detail::OpenAIBackend;
using std::chrono::milliseconds;

OpenAILLM::Params checked(OpenAILLM::Params params) {
    const auto require = [](bool good, const char* message) {
        if (!good) throw Error(errc::invalid_argument, message);
    };
    require(params.max_tokens >= 1, "llm.max_tokens must be at least 1.");
    require(params.context_window >= 0, "llm.context_window must not be negative.");
    require(params.temperature >= 0 && params.temperature <= 2, "llm.temperature must be between 0 and 2.");
    require(params.slots >= 1, "llm.slots must be at least 1.");
    require(params.counts_at_once >= 1, "The token counts at once must be at least 1.");
    require(params.first_token_timeout.count() > 0 && params.idle_timeout.count() > 0,
            "llm.first_token_timeout and llm.idle_timeout must be more than 0.");
    return params;
}

Task<LLMStatus> ask_status(std::shared_ptr<OpenAIBackend> backend) {
    try {
        const auto models = co_await detail::list_models(backend, backend->params.status_timeout);
        const std::string& wanted = backend->params.model;
        if (models.empty()) co_return LLMStatus{false, "The model server at " + backend->root + " has no model: load one into it."};
        const std::string model = wanted.empty() ? models.front() : wanted;
        const bool listed = std::ranges::any_of(models, [&](const std::string& m) { return m == model || m == model + ":latest"; });
        co_await detail::find_context_window(backend, model, backend->params.status_timeout);
        std::string detail = "The model " + model + " at " + backend->root + ".";
        if (!listed)
            detail += " The server does not list that name; it offers " + models.front() + (models.size() > 1 ? " and others." : ".");
        if (*backend->draining > 0) detail += " It may still be working on an answer that was stopped.";
        co_return LLMStatus{true, detail};
    } catch (const Error& error) {
        // Who comes back may be another server, or the same one with other settings.
        backend->window.ask_again();
        co_return LLMStatus{false, error.what()};
    }
}

// Whether the model calls a tool that way; nullopt where the server refuses the request.
Task<std::optional<bool>> try_tools(std::shared_ptr<OpenAIBackend> backend, ToolCalling calling) {
    try {
        auto request = tool_probe();
        auto stream = co_await detail::open_stream(backend, std::move(request), calling);
        const auto response = co_await detail::collect(std::move(stream));
        co_return passes_tool_probe(response);
    } catch (const Error& error) {
        if (error.code() != errc::backend) throw;
        co_return std::nullopt;
    }
}

// The best of the ways; nullopt where the server refused even plain words: it is broken now, which says nothing of its model.
Task<std::optional<ToolCalling>> try_all(std::shared_ptr<OpenAIBackend> backend) {
    std::optional<bool> passed;
    for (const ToolCalling calling : {ToolCalling::native, ToolCalling::constrained, ToolCalling::text}) {
        passed = co_await try_tools(backend, calling);
        if (passed.value_or(false)) co_return calling;
    }
    if (!passed) co_return std::nullopt;
    co_return ToolCalling::none;
}

Task<> run_trial(std::shared_ptr<OpenAIBackend> backend, std::shared_ptr<detail::ToolTrial> trial, std::string key) {
    std::optional<ToolCalling> calling;
    try {
        calling = co_await try_all(backend);
    } catch (const Error& error) {
        trial->failure = error;
    } catch (...) {
        backend->trials.erase(key);
        trial->failure = Error(errc::unavailable, "The language model is being closed.");
        trial->done.set();
        throw;
    }
    trial->calling = calling.value_or(ToolCalling::none);
    if (!calling) backend->trials.erase(key);
    trial->done.set();
}

// One trial for all who ask. It runs beside them: one who does not wait for its end finds the result later.
Task<ToolCalling> find_tool_calling(std::shared_ptr<OpenAIBackend> backend, Scope* trials) {
    co_await detail::find_model(backend);
    std::string key = backend->root + " " + backend->model;
    std::shared_ptr<detail::ToolTrial> trial;
    if (const auto known = backend->trials.find(key); known != backend->trials.end()) trial = known->second;
    if (!trial) {
        trial = std::make_shared<detail::ToolTrial>();
        trials->spawn(run_trial(backend, trial, key));
        if (!trial->done.is_set()) backend->trials[key] = trial;
    }
    co_await trial->done.wait();
    if (trial->failure) throw Error(*trial->failure);
    co_return trial->calling;
}

}  // namespace

OpenAILLM::OpenAILLM(Params params, Executor executor)
    : backend_(std::make_shared<OpenAIBackend>(checked(std::move(params)), executor)), trials_(executor) {}

OpenAILLM::~OpenAILLM() = default;

Task<std::unique_ptr<ChatStream>> OpenAILLM::astream_chat(ChatRequest request) {
    if (request.messages.empty()) throw Error(errc::invalid_argument, "A chat request needs a message.");
    const auto backend = backend_;
    ToolCalling calling = ToolCalling::native;
    if (!request.tools.empty()) calling = co_await find_tool_calling(backend, &trials_);
    auto stream = co_await detail::open_stream(backend, std::move(request), calling);
    co_return stream;
}

Task<ChatResponse> OpenAILLM::achat(ChatRequest request) {
    auto stream = co_await astream_chat(std::move(request));
    auto response = co_await detail::collect(std::move(stream));
    co_return response;
}

Task<ToolCalling> OpenAILLM::atool_calling() {
    const auto calling = co_await find_tool_calling(backend_, &trials_);
    co_return calling;
}

Task<LLMStatus> OpenAILLM::astatus() {
    const auto backend = backend_;
    if (backend->status && Clock::now() - backend->status->first < backend->params.status_cache) co_return backend->status->second;
    LLMStatus status = co_await ask_status(backend);
    backend->status.emplace(Clock::now(), status);
    co_return status;
}

Task<std::vector<std::string>> OpenAILLM::amodels() {
    const auto backend = backend_;
    auto models = co_await detail::list_models(backend, backend->params.connect_timeout);
    co_return models;
}

Task<std::vector<std::size_t>> OpenAILLM::acount_tokens(std::vector<std::string> texts) {
    const auto backend = backend_;
    auto counts = co_await detail::count_tokens(backend, std::move(texts), backend->params.status_timeout);
    co_return counts;
}

LLMMetadata OpenAILLM::metadata() const {
    return {backend_->model, backend_->root, backend_->context_window()};
}

void OpenAILLM::set_endpoint(std::string base_url, std::string api_key) {
    backend_->root = api_root(base_url, "llm");
    backend_->params.api_key = std::move(api_key);
    backend_->model = backend_->params.model;
    backend_->breaker = CircuitBreaker(backend_->params.breaker);
    backend_->status.reset();
    backend_->has_tokenizer = true;
    backend_->window = FoundWindow(backend_->params.window);
}

std::size_t OpenAILLM::slots_in_use() const noexcept {
    return backend_->slots.in_use();
}

}  // namespace docmind
