#include "agent/step_calls.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "async/deadline.hpp"
#include "async/when_all.hpp"

namespace docmind {

namespace {

constexpr std::size_t longest_call = 4'000;  // bytes of a call with its arguments
constexpr std::size_t most_calls_told = 16;  // of one step; what a model says beyond is not even refused

bool is_for_the_model(errc code) {
    return code == errc::invalid_argument || code == errc::not_found;
}

// The name as servers accept it in a message.
std::string tool_name_of(std::string_view name) {
    std::string clean;
    for (const char c : text::shorten(name, 64)) clean.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '_');
    return clean.empty() ? "unknown" : clean;
}

}  // namespace

StepCalls::StepCalls(Params params, std::shared_ptr<const ToolBox> tools, std::vector<ToolCall> calls, std::size_t step, std::size_t most,
                     StepBudget& budget)
    : params_(params), tools_(std::move(tools)), step_(step) {
    if (calls.size() > most_calls_told) calls.resize(most_calls_told);
    for (ToolCall& call : calls) {
        Work& work = works_.emplace_back();
        work.call = std::move(call);
        prepare(work, works_.size() - 1, most, budget);
    }
}

void StepCalls::prepare(Work& work, std::size_t at, std::size_t most, StepBudget& budget) {
    ToolCall& call = work.call;
    // Its id names the result; not every server gives one, and not every one a new one.
    const auto same_id = [&](const Work& other) { return &other != &work && other.call.id == call.id; };
    if (call.id.empty() || std::ranges::any_of(works_, same_id)) call.id = "call_" + std::to_string(step_) + "_" + std::to_string(at);
    auto fitting = tools_->fit(call);
    if (at >= std::max<std::size_t>(std::min(most, params_.max_calls), 1)) {
        work.problem = "These are too many calls at once.";
    } else if (!fitting) {
        work.problem = std::move(fitting.error());
    } else if (describe_call(call.name, fitting->arguments).size() > longest_call) {
        work.problem = "The arguments are too long.";
    } else if (budget.is_repeated(describe_call(call.name, fitting->arguments))) {
        work.problem = "This call was made before; its result is above.";
    } else {
        work.tool = fitting->tool;
        work.arguments = std::move(fitting->arguments);
        return;
    }
    budget.refusal();
    // It goes back to the model as what it was, as far as servers take that.
    call.name = tool_name_of(call.name);
    if (describe_call(call.name, call.arguments).size() > longest_call) call.arguments = {};
}

Task<> StepCalls::arun() {
    std::vector<Work*> calls;
    for (Work& work : works_) {
        if (work.tool != nullptr) calls.push_back(&work);
    }
    if (calls.empty()) co_return;
    const auto limit = params_.limit;
    const auto run_one = [limit](Work* work) { return run(work, limit); };
    co_await for_each_limited(std::move(calls), params_.calls_at_once, run_one);
}

Task<> StepCalls::run(Work* work, std::chrono::milliseconds limit) {
    try {
        const auto own = work->tool->metadata().limit;
        if (own.count() > 0) limit = own;
        auto call = work->tool->acall(std::move(work->arguments));
        work->output = co_await with_deadline(std::move(call), limit);
        work->ran = true;
    } catch (const Error& error) {
        work->problem = error.what();
        if (!is_for_the_model(error.code())) work->failure = error;
    } catch (const std::exception& error) {
        // A function of the user's program throws what it likes.
        if (is_cancelled(std::current_exception())) throw;
        work->problem = error.what();
        work->failure = Error(errc::internal, error.what());
    }
}

}  // namespace docmind
