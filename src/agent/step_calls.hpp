#pragma once
// "Which calls of this step are made, and what did they give?" Fits each call to its tool, refuses what is unknown, malformed, repeated or
// too much, and runs the rest at once. A call that fails says so in words for the model; it stops nothing.

#include "agent/step_budget.hpp"
#include "agent/tool_box.hpp"

#include <docmind/error.hpp>
#include <docmind/llm.hpp>
#include <docmind/task.hpp>
#include <docmind/tool.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class StepCalls {
  public:
    struct Params {
        std::size_t max_calls = 8;                ///< more are refused
        std::size_t calls_at_once = 4;            ///< of these
        std::chrono::milliseconds limit{30'000};  ///< for one call of a tool that names none of its own
    };
    struct Work {
        ToolCall call;         ///< as it goes back to the model: its id is its own, its name one that servers take
        Tool* tool = nullptr;  ///< null where the call is refused
        ToolArguments arguments;
        ToolOutput output;
        bool ran = false;
        std::string problem;           ///< why it was refused or failed, in words for the model
        std::optional<Error> failure;  ///< what the user should hear of too
    };

    /// `step` makes ids; `most`: calls that there is room for. Refusals and repetitions are counted in the budget.
    StepCalls(Params params, std::shared_ptr<const ToolBox> tools, std::vector<ToolCall> calls, std::size_t step, std::size_t most,
              StepBudget& budget);

    /// Runs what is not refused. Called once.
    Task<> arun();
    [[nodiscard]] std::vector<Work>& works() noexcept { return works_; }

  private:
    void prepare(Work& work, std::size_t at, std::size_t most, StepBudget& budget);
    static Task<> run(Work* work, std::chrono::milliseconds limit);

    Params params_;
    std::shared_ptr<const ToolBox> tools_;
    std::size_t step_;
    std::vector<Work> works_;
};

}  // namespace docmind
