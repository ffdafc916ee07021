#pragma once
// One answer of ReActAgent, pulled step by step. Each call of next() does the work up to the next thing worth telling.

#include "agent/answer_writer.hpp"
#include "agent/evidence.hpp"
#include "agent/react_agent.hpp"
#include "agent/react_prompt.hpp"
#include "agent/step_budget.hpp"
#include "agent/step_calls.hpp"
#include "agent/turn.hpp"

#include <docmind/agent.hpp>
#include <docmind/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class ReActStream final : public AgentStream {
  public:
    struct Setup {
        ReActAgent::Params params;
        std::shared_ptr<const ToolBox> tools;
        LLM* llm = nullptr;
        ConversationParts parts;
        Turn turn;
    };

    explicit ReActStream(Setup setup);

    Task<std::optional<AgentEvent>> next() override;

  private:
    enum class Phase { ask, read, act, finish, done };

    Task<> step();
    Task<> ask();
    Task<> read();
    Task<> act();

    void take(ChatDelta delta);
    void end_step();
    void end_answer();
    void end_without_words();
    void begin_calls(std::string thought, std::vector<ToolCall> calls);
    void take_results();
    /// Asks the search tool the question, where it is there and was not asked yet; false where not.
    bool look_first();
    void refuse();
    void give_up(std::string why);
    void must_answer();
    [[nodiscard]] bool may_show() const;

    Setup setup_;
    Phase phase_ = Phase::ask;
    int answer_tokens_;
    AnswerWriter writer_;
    Evidence evidence_;
    ReactPrompt prompt_;
    StepBudget budget_;
    bool last_ = false;                  // the model may call no more tools
    bool looked_ = false;                // the search tool was asked the question, by the model or by us
    std::optional<std::string> failed_;  // why there is no model any more
    std::optional<Error> tool_failure_;  // the last one
    std::optional<StepCalls> step_calls_;

    // of the step that is being read
    std::string held_;
    std::string thought_;
    std::vector<ToolCall> calls_;
    bool showing_ = false;
    std::string finish_reason_;
    std::size_t steps_ = 0;

    std::unique_ptr<ChatStream> model_;  // dropped before the writer: the server hears first that nobody reads any more
};

}  // namespace docmind
