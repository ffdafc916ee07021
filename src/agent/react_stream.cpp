#include "agent/react_stream.hpp"

#include "agent/follow_up.hpp"
#include "agent/prompt.hpp"
#include "agent/repetition.hpp"
#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t reserve_tokens = 64;         // what estimates get wrong
constexpr std::size_t least_result_tokens = 60;    // a shorter result says nothing
constexpr std::size_t longest_step = 400;          // bytes of a thought or a call that are shown
constexpr std::size_t longest_groundless = 4'000;  // bytes of an answer that rests on nothing

int window_of(const ReActStream::Setup& setup) {
    const int known = setup.llm->metadata().context_window;
    return known > 0 ? known : setup.params.context_window;
}

std::size_t prompt_tokens(int window, int answer_tokens) {
    const auto room = static_cast<std::size_t>(std::max(window - answer_tokens, 0));
    return room > 2 * reserve_tokens ? room - reserve_tokens : room;
}

}  // namespace

ReActStream::ReActStream(Setup setup)
    : setup_(std::move(setup)),
      answer_tokens_(std::min(setup_.params.max_tokens, std::max(window_of(setup_) / 3, 1))),
      writer_({setup_.parts, setup_.turn.session_id, setup_.turn.question_id, setup_.turn.started}),
      evidence_({.boundary = make_boundary()}),
      prompt_({.token_limit = prompt_tokens(window_of(setup_), answer_tokens_), .boundary = evidence_.boundary()}, setup_.turn.memory,
              setup_.turn.message, setup_.tools->metadata()),
      budget_(setup_.params.budget) {
    if (prompt_.question_shortened()) writer_.note("The question is longer than the language model can read: it saw only the beginning.");
}

Task<std::optional<AgentEvent>> ReActStream::next() {
    while (!writer_.has_news() && phase_ != Phase::done) co_await step();
    co_return writer_.pull();
}

Task<> ReActStream::step() {
    switch (phase_) {
        case Phase::ask: co_await ask(); break;
        case Phase::read: co_await read(); break;
        case Phase::act: co_await act(); break;
        case Phase::finish:
            co_await writer_.finish(setup_.turn.message);
            phase_ = Phase::done;
            break;
        case Phase::done: break;
    }
}

Task<> ReActStream::ask() {
    if (!budget_.may_use_tools() || prompt_.room() < least_result_tokens) must_answer();
    budget_.step();
    ++steps_;
    held_.clear();
    thought_.clear();
    calls_.clear();
    ChatRequest request;
    request.messages = prompt_.messages();
    request.max_tokens = answer_tokens_;
    request.tools = setup_.tools->metadata();
    request.tool_choice = last_ ? ToolChoice::none : ToolChoice::automatic;
    writer_.model_is_asked(evidence_.sources(), evidence_.boundary());
    std::optional<Error> failure;
    try {
        model_ = co_await setup_.llm->astream_chat(std::move(request));
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        failure = error;
    }
    phase_ = Phase::read;
    if (failure) give_up(failure->what());
}

Task<> ReActStream::read() {
    std::optional<ChatDelta> delta;
    std::optional<Error> failure;
    try {
        delta = co_await model_->next();
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        failure = error;
    }
    if (delta) {
        take(std::move(*delta));
    } else if (!failure) {
        end_step();
    } else if (showing_) {
        writer_.stop_short();
        writer_.note(std::string("The answer is not complete. ") + failure->what());
        end_answer();
    } else {
        give_up(failure->what());
    }
}

void ReActStream::take(ChatDelta delta) {
    if (!delta.finish_reason.empty()) finish_reason_ = delta.finish_reason;
    if (delta.usage) {
        auto& usage = writer_.response().usage;
        usage = ChatUsage{delta.usage->prompt_tokens + (usage ? usage->prompt_tokens : 0),
                          delta.usage->completion_tokens + (usage ? usage->completion_tokens : 0)};
    }
    thought_ += delta.thought;
    std::ranges::move(delta.tool_calls, std::back_inserter(calls_));
    held_ += writer_.check(delta.text);
    showing_ = showing_ || may_show();
    if (showing_) {
        writer_.show(std::exchange(held_, {}));
        if (writer_.cut_repetition()) {
            model_.reset();
            phase_ = Phase::finish;
        }
    } else if (held_.size() > longest_groundless) {
        // It talks and talks, and has looked at nothing.
        end_step();
    }
}

// A short text may still turn out to be what is said before a call; one that rests on nothing is never shown.
bool ReActStream::may_show() const {
    return evidence_.has_ground() && calls_.empty() && (last_ ? !text::trim(held_).empty() : held_.size() > setup_.params.preamble_bytes);
}

void ReActStream::end_step() {
    if (showing_) {
        end_answer();
        return;
    }
    model_.reset();
    held_ += writer_.check_end();
    if (!calls_.empty() && !last_) {
        begin_calls(thought_.empty() ? std::string(text::trim(held_)) : std::move(thought_), std::exchange(calls_, {}));
    } else if (text::trim(held_).empty()) {
        end_without_words();
    } else if (evidence_.has_ground() || !setup_.tools->has(setup_.params.search_tool)) {
        end_answer();
    } else if (!look_first()) {
        refuse();
    }
}

void ReActStream::end_answer() {
    model_.reset();
    writer_.show(std::exchange(held_, {}));
    writer_.show(writer_.check_end());
    if (finish_reason_ == "length") writer_.note("The answer was cut at the most tokens an answer may have (llm.max_tokens).");
    phase_ = Phase::finish;
}

void ReActStream::end_without_words() {
    if (!evidence_.has_ground() && look_first()) return;
    if (!last_) {
        must_answer();
        phase_ = Phase::ask;
    } else {
        give_up(why_no_words(finish_reason_));
    }
}

void ReActStream::must_answer() {
    last_ = true;
    if (prompt_.messages().back().role == MessageRole::tool) prompt_.ask_for_answer();
}

bool ReActStream::look_first() {
    if (looked_ || !setup_.tools->has(setup_.params.search_tool)) return false;
    const bool follows = !last_question(setup_.turn.history).empty() && is_follow_up(setup_.turn.message);
    ToolCall call{.id = "first_look", .name = setup_.params.search_tool};
    call.arguments.set("query", follows ? joined_question(setup_.turn.history, setup_.turn.message) : setup_.turn.message);
    std::vector<ToolCall> calls;
    calls.push_back(std::move(call));
    begin_calls({}, std::move(calls));
    return true;
}

void ReActStream::refuse() {
    // Documents that could not be searched have not been found to say nothing.
    if (tool_failure_) throw Error(*tool_failure_);
    writer_.refuse(false);
    phase_ = Phase::finish;
}

// What was found is quoted; where nothing was looked at, the question is looked up first.
void ReActStream::give_up(std::string why) {
    model_.reset();
    failed_ = why;
    if (evidence_.sources().empty() && look_first()) return;
    if (evidence_.sources().empty()) {
        // What tools gave besides passages only a model can put into words.
        if (evidence_.has_ground()) throw Error(errc::unavailable, why);
        writer_.note(std::move(why));
        refuse();
        return;
    }
    writer_.quote_instead(why, evidence_.sources(), setup_.turn.message, setup_.params.quoted_passages);
    phase_ = Phase::finish;
}

void ReActStream::begin_calls(std::string thought, std::vector<ToolCall> calls) {
    if (!thought.empty()) writer_.tell(AgentStep{"thought", text::one_line(text::shorten(thought, longest_step))});
    const auto& params = setup_.params;
    step_calls_.emplace(StepCalls::Params{params.max_calls_per_step, params.calls_at_once, params.tool_limit}, setup_.tools,
                        std::move(calls), steps_, prompt_.room() / (2 * least_result_tokens), budget_);
    std::vector<ToolCall> said;
    for (const StepCalls::Work& work : step_calls_->works()) {
        looked_ = looked_ || (work.tool != nullptr && work.call.name == params.search_tool);
        const std::string line = describe_call(work.call.name, work.call.arguments) + (work.tool == nullptr ? ": " + work.problem : "");
        writer_.tell(AgentStep{"tool", std::string(text::shorten(line, longest_step))});
        said.push_back(work.call);
    }
    prompt_.add_calls(std::move(thought), std::move(said));
    phase_ = Phase::act;
}

Task<> ReActStream::act() {
    co_await step_calls_->arun();
    take_results();
}

void ReActStream::take_results() {
    const std::size_t known = evidence_.sources().size();
    const std::size_t share =
        std::min(setup_.params.observation_tokens, prompt_.room() / std::max<std::size_t>(step_calls_->works().size(), 1));
    for (StepCalls::Work& work : step_calls_->works()) {
        for (std::string& text : work.output.notes) writer_.note(std::move(text));
        if (work.failure) {
            writer_.note(work.call.name + " failed: " + work.failure->what());
            tool_failure_ = std::move(work.failure);
        }
        if (work.output.relevance) writer_.found_with(*work.output.relevance);
        for (const auto& [name, time] : work.output.timings_ms) writer_.response().timings_ms[name] += time;
        std::string words = work.ran ? evidence_.add(work.call.name, work.output, std::max(share, least_result_tokens))
                                     : "This did not work: " + work.problem;
        prompt_.add_result(work.call, std::move(words));
    }
    if (evidence_.sources().size() > known) writer_.tell(AgentSources{evidence_.sources()});
    step_calls_.reset();
    phase_ = Phase::ask;
    if (failed_) give_up(std::move(*failed_));
}

}  // namespace docmind
