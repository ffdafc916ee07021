#pragma once
// "Answer this message from the documents." Retrieve first, then one call of the model with the passages; no tools.
//
// A message goes: store it, make a question of it that stands alone, retrieve, refuse where nothing is relevant, else let the model
// answer, check and complete its citations, store the answer. Where the model cannot be used the passages themselves are the answer.
// What must happen after the reader has gone (an answer is kept as far as it came) runs in a Scope that outlives all streams.

#include "agent/conversation_parts.hpp"
#include "agent/prompt.hpp"

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/retriever.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.hpp"

namespace docmind {

class ContextAgent final : public Agent {
  public:
    struct Params {
        std::size_t context_passages = 5;  ///< handed to the model
        std::size_t max_message_chars = 32'768;
        int context_window = 4096;                        ///< where the model does not say
        int max_tokens = 400;                             ///< of an answer
        std::size_t quoted_passages = 5;                  ///< shown where there is no model, and below the words of a small one
        std::chrono::milliseconds condense_limit{8'000};  ///< for making a follow-up stand alone
        std::optional<PromptStyle> style;                 ///< else by the model's name
        std::string without_model =
            "No language model is configured. Set llm.base_url to a model server, or run make setup for the built-in one.";
    };

    /// `llm` may be null: every answer is made of passages then. An empty `session`: the first message begins one. `document_ids`: only
    /// these are asked; empty = all. All that is referred to outlives the streams. Errors: invalid_argument.
    ContextAgent(Params params, Retriever& retriever, LLM* llm, ConversationParts parts, std::string session = {},
                 std::vector<std::string> document_ids = {});

    Task<AgentResponse> achat(ChatTurn turn) override;
    /// The message is stored when it returns. The stream may outlive the agent.
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override;
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    Params params_;
    Retriever& retriever_;
    LLM* llm_;
    ConversationParts parts_;
    std::string session_;
    std::vector<std::string> document_ids_;
};

}  // namespace docmind
