#pragma once
// "May the agent go on?" Counts steps, refused calls and repeated calls of one answer, so that no model can keep it going for ever.

#include <cstddef>
#include <set>
#include <string>

namespace docmind {

class StepBudget {
  public:
    struct Params {
        std::size_t max_steps = 6;     ///< calls of the model in which it may use tools
        std::size_t max_refusals = 3;  ///< unknown, malformed or repeated tool calls
    };
    /// Errors: invalid_argument.
    explicit StepBudget(Params params);

    void step() noexcept { ++steps_; }
    void refusal() noexcept { ++refusals_; }
    /// True when this call was made before.
    [[nodiscard]] bool is_repeated(const std::string& call) { return !made_.insert(call).second; }
    /// False: the next call of the model must give the answer.
    [[nodiscard]] bool may_use_tools() const noexcept { return steps_ < params_.max_steps && refusals_ < params_.max_refusals; }

  private:
    Params params_;
    std::size_t steps_ = 0;
    std::size_t refusals_ = 0;
    std::set<std::string> made_;
};

}  // namespace docmind
