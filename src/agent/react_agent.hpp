#pragma once
// "Answer this message with the help of tools." Thought, action, observation (Yao et al. 2022), until the model answers or its budget is
// spent: the model says which tools to call, the calls of one step run at once, their results go back to it, and its answer goes through
// the same checks of citations as ContextAgent's. It looks into the documents in any case: where the model answers without having
// called anything, the search tool is asked the question first.

#include "agent/conversation_parts.hpp"
#include "agent/step_budget.hpp"
#include "agent/tool_box.hpp"

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>
#include <docmind/memory.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "async/scope.hpp"

namespace docmind {

class ReActAgent final : public Agent {
  public:
    struct Params {
        StepBudget::Params budget;
        std::size_t max_calls_per_step = 8;            ///< more are refused
        std::size_t calls_at_once = 4;                 ///< of these
        std::chrono::milliseconds tool_limit{30'000};  ///< for one call
        std::size_t observation_tokens = 1200;         ///< of one result, at most
        std::size_t preamble_bytes = 240;              ///< text held back, in case it is only said before a call
        std::size_t max_message_chars = 32'768;
        int context_window = 4096;                   ///< where the model does not say
        int max_tokens = 400;                        ///< of an answer
        std::size_t quoted_passages = 5;             ///< shown where the model fails
        std::string search_tool = "search_library";  ///< asked where the model did not look; not in the tools: none
    };

    /// An empty `session`: the first message begins one. All that is referred to outlives the streams. Errors: invalid_argument.
    ReActAgent(Params params, std::shared_ptr<const ToolBox> tools, LLM& llm, ConversationParts parts, std::string session = {});

    Task<AgentResponse> achat(ChatTurn turn) override;
    /// The message is stored when it returns. The stream may outlive the agent.
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override;
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    Params params_;
    std::shared_ptr<const ToolBox> tools_;
    LLM& llm_;
    ConversationParts parts_;
    std::string session_;
};

}  // namespace docmind
