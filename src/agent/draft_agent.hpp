#pragma once
// "How is an answer given that other work puts together?" A comparison, a summary, the answers to several questions: work that tells how
// far it has come and what it has so far. The message is stored first, the answer last; whoever leaves before that ends the work, and what
// it had by then is kept, marked as stopped.

#include "agent/answer_writer.hpp"
#include "agent/conversation_parts.hpp"
#include "agent/turn.hpp"

#include <docmind/agent.hpp>
#include <docmind/memory.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "async/feed.hpp"
#include "async/scope.hpp"

namespace docmind {

/// How far it has come, or what there is by now: the last of these is the answer.
using Draft = std::variant<AgentProgress, AgentResponse>;

class DraftAgent final : public Agent {
  public:
    using Tell = Feed<Draft>::Tell;
    /// Called once a message. What it refers to and does not own outlives the Scope.
    using Work = std::function<Task<>(std::string message, Tell tell)>;
    struct Params {
        std::size_t max_message_chars = 32'768;
    };

    /// An empty `session`: the first message begins one. All that is referred to outlives the streams.
    DraftAgent(Params params, Work work, ConversationParts parts, std::string session = {});

    Task<AgentResponse> achat(ChatTurn turn) override;
    /// The message is stored, and the work begun, when it returns. The stream may outlive the agent. Its errors: those of the work.
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override;
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    Params params_;
    Work work_;
    ConversationParts parts_;
    std::string session_;
};

/// One answer of it.
class DraftStream final : public AgentStream {
  public:
    /// Errors: overloaded (`background` is closed).
    DraftStream(DraftAgent::Work work, ConversationParts parts, Turn turn);
    ~DraftStream() override;

    Task<std::optional<AgentEvent>> next() override;

  private:
    Task<> step();

    AnswerWriter writer_;
    std::string message_;
    std::optional<AgentResponse> draft_;
    bool finished_ = false;
    Feed<Draft> feed_;  // dropped first: the work ends before what it had is kept
};

}  // namespace docmind
