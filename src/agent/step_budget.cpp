#include "agent/step_budget.hpp"

#include <docmind/error.hpp>

namespace docmind {

StepBudget::StepBudget(Params params) : params_(params) {
    if (params_.max_steps < 1) throw Error(errc::invalid_argument, "agent.max_steps must be at least 1.");
    if (params_.max_refusals < 1) throw Error(errc::invalid_argument, "max_refusals must be at least 1.");
}

}  // namespace docmind
