#include "llms/built_in_llm.hpp"

#include <docmind/error.hpp>

#include <tuple>
#include <utility>

namespace docmind {

namespace {

LlamaServer::Params server_params(const BuiltInLLM::Params& params) {
    LlamaServer::Params server = params.server;
    server.context_window = params.llm.context_window;
    server.slots = params.llm.slots;
    return server;
}

OpenAILLM::Params llm_params(OpenAILLM::Params params) {
    // Replaced when the server is up; a name saves asking for it, and llama-server takes any.
    params.base_url = "http://127.0.0.1:1";
    params.api_key.clear();
    params.model = "built-in";
    return params;
}

}  // namespace

BuiltInLLM::BuiltInLLM(Params params, Executor executor)
    : params_(std::move(params)), llm_(llm_params(params_.llm), executor), server_(server_params(params_), executor) {}

bool BuiltInLLM::is_made_of(const Params& params) const {
    const auto of = [](const Params& p) {
        return std::tie(p.server.server_path, p.server.model_path, p.llm.context_window, p.llm.max_tokens, p.llm.temperature, p.llm.slots,
                        p.llm.max_waiting, p.llm.first_token_timeout, p.llm.idle_timeout);
    };
    return of(params) == of(params_);
}

Task<> BuiltInLLM::await_server() {
    server_.start();
    auto endpoint = co_await server_.aendpoint(params_.llm.first_token_timeout);
    if (endpoint.base_url == used_) co_return;
    used_ = endpoint.base_url;
    llm_.set_endpoint(std::move(endpoint.base_url), std::move(endpoint.api_key));
}

Task<> BuiltInLLM::astop() {
    co_await server_.astop();
}

Task<ChatResponse> BuiltInLLM::achat(ChatRequest request) {
    co_await await_server();
    auto response = co_await llm_.achat(std::move(request));
    co_return response;
}

Task<std::unique_ptr<ChatStream>> BuiltInLLM::astream_chat(ChatRequest request) {
    co_await await_server();
    auto stream = co_await llm_.astream_chat(std::move(request));
    co_return stream;
}

Task<LLMStatus> BuiltInLLM::astatus() {
    server_.start();
    if (server_.state() != LlamaServer::State::up) co_return LLMStatus{false, server_.detail()};
    co_return LLMStatus{true, "The built-in model " + server_.model_name() + "."};
}

Task<std::vector<std::string>> BuiltInLLM::amodels() {
    co_return std::vector<std::string>{server_.model_name()};
}

Task<ToolCalling> BuiltInLLM::atool_calling() {
    co_await await_server();
    const auto calling = co_await llm_.atool_calling();
    co_return calling;
}

Task<std::vector<std::size_t>> BuiltInLLM::acount_tokens(std::vector<std::string> texts) {
    if (server_.state() != LlamaServer::State::up) co_return std::vector<std::size_t>();
    co_await await_server();
    co_return co_await llm_.acount_tokens(std::move(texts));
}

LLMMetadata BuiltInLLM::metadata() const {
    return {server_.model_name(), "built-in", llm_.metadata().context_window};
}

}  // namespace docmind
