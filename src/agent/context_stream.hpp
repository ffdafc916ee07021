#pragma once
// One answer of ContextAgent, pulled step by step. Each call of next() does the work up to the next thing worth telling.

#include "agent/answer_writer.hpp"
#include "agent/context_agent.hpp"
#include "agent/sentence_gate.hpp"
#include "agent/turn.hpp"

#include <docmind/agent.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class ContextStream final : public AgentStream {
  public:
    using Clock = std::chrono::steady_clock;
    struct Setup {
        ContextAgent::Params params;
        Retriever* retriever = nullptr;
        LLM* llm = nullptr;
        std::optional<ConversationParts> parts;  ///< absent: nothing is kept
        std::vector<std::string> document_ids;
        Turn turn;
    };

    explicit ContextStream(Setup setup);

    Task<std::optional<AgentEvent>> next() override;

  private:
    enum class Phase { question, passages, model, reading, finish, done };

    Task<> step();
    Task<> find_question();
    Task<> find_passages();
    Task<> ask_model();
    Task<> read_model();
    Task<> finish();

    void quote_instead(const std::string& why);
    void take(const ChatDelta& delta);
    void end_reading(bool whole);

    Setup setup_;
    Phase phase_ = Phase::question;
    AnswerWriter writer_;
    std::unique_ptr<ChatStream> model_;  // dropped before the writer: the server hears first that nobody reads any more

    PromptStyle style_ = PromptStyle::full;
    std::string question_;  // of the message, standing alone
    std::vector<Source> sources_;
    std::optional<SentenceGate> gate_;
    std::string finish_reason_;
};

}  // namespace docmind
