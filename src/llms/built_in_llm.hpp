#pragma once
// "What does the built-in model say?" OpenAILLM on a LlamaServer of our own: calls wait until it is up.

#include <docmind/llm.hpp>

#include <memory>
#include <string>
#include <vector>

#include "llms/llama_server.hpp"
#include "llms/openai_llm.hpp"

namespace docmind {

class BuiltInLLM final : public LLM {
  public:
    struct Params {
        LlamaServer::Params server;  ///< context_window and slots are taken from `llm`
        OpenAILLM::Params llm;       ///< base_url, api_key and model are the server's
    };

    /// Errors: invalid_argument. Starts nothing.
    BuiltInLLM(Params params, Executor executor);

    /// Whether one with these would be the same.
    [[nodiscard]] bool is_made_of(const Params& params) const;

    /// Starts the server, so that it is up when the first question comes; else the first call does.
    void start() { server_.start(); }
    /// Ends the server and waits for its end; destroying this kills it all the same.
    Task<> astop();

    Task<ChatResponse> achat(ChatRequest request) override;
    Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) override;
    Task<LLMStatus> astatus() override;
    Task<std::vector<std::string>> amodels() override;
    Task<ToolCalling> atool_calling() override;
    /// Empty while the server is not up: nobody waits for a count.
    Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) override;
    [[nodiscard]] LLMMetadata metadata() const override;
    [[nodiscard]] const LlamaServer& server() const noexcept { return server_; }

  private:
    Task<> await_server();

    const Params params_;
    std::string used_;  // the address the client has
    OpenAILLM llm_;
    LlamaServer server_;
};

}  // namespace docmind
