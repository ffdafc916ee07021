#include "agent/context_stream.hpp"

#include "agent/passage_answer.hpp"
#include "agent/standalone_question.hpp"
#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {

namespace {

constexpr int small_max_tokens = 100;       // a small model says nothing new after that
constexpr std::size_t reserve_tokens = 64;  // what estimates get wrong

}  // namespace

ContextStream::ContextStream(Setup setup)
    : setup_(std::move(setup)), writer_({setup_.parts, setup_.turn.session_id, setup_.turn.question_id, setup_.turn.started}) {
    if (setup_.llm != nullptr) style_ = setup_.params.style.value_or(style_for(setup_.llm->metadata().model));
}

Task<std::optional<AgentEvent>> ContextStream::next() {
    while (!writer_.has_news() && phase_ != Phase::done) co_await step();
    co_return writer_.pull();
}

Task<> ContextStream::step() {
    switch (phase_) {
        case Phase::question: co_await find_question(); break;
        case Phase::passages: co_await find_passages(); break;
        case Phase::model: co_await ask_model(); break;
        case Phase::reading: co_await read_model(); break;
        case Phase::finish: co_await finish(); break;
        case Phase::done: break;
    }
}

Task<> ContextStream::find_question() {
    // A small model loses more of a question than it adds.
    LLM* const llm = style_ == PromptStyle::full ? setup_.llm : nullptr;
    const auto begin = Clock::now();
    question_ = co_await standalone_question(llm, setup_.turn.history, setup_.turn.message, setup_.params.condense_limit);
    if (llm != nullptr && question_ != setup_.turn.message) writer_.response().timings_ms["condense"] = writer_.milliseconds_since(begin);
    writer_.tell(AgentStep{"query", question_});
    phase_ = Phase::passages;
}

Task<> ContextStream::find_passages() {
    QueryBundle query;
    query.query_str = question_;
    query.similarity_top_k = setup_.params.context_passages;
    query.document_ids = setup_.document_ids;
    auto found = co_await setup_.retriever->aretrieve(std::move(query));
    for (const auto& [name, time] : found.timings_ms) {
        if (name != "total") writer_.response().timings_ms[name] = time;
    }
    writer_.found_with(found.relevance);
    for (std::string& text : found.notes) writer_.note(std::move(text));
    for (NodeWithScore& passage : found.nodes) {
        if (sources_.size() == setup_.params.context_passages) break;
        sources_.push_back({static_cast<int>(sources_.size()) + 1, std::move(passage)});
    }
    writer_.tell(AgentSources{sources_});
    phase_ = Phase::model;
    if (found.relevant && !sources_.empty()) co_return;
    writer_.refuse(!sources_.empty());
    phase_ = Phase::finish;
}

void ContextStream::quote_instead(const std::string& why) {
    model_.reset();
    writer_.quote_instead(why, sources_, setup_.turn.message, setup_.params.quoted_passages);
    phase_ = Phase::finish;
}

Task<> ContextStream::ask_model() {
    if (setup_.llm == nullptr) {
        quote_instead(setup_.params.without_model);
        co_return;
    }
    const bool small = style_ == PromptStyle::small;
    const int known = setup_.llm->metadata().context_window;
    const int window = known > 0 ? known : setup_.params.context_window;
    const int answer_tokens = std::min(small ? small_max_tokens : setup_.params.max_tokens, std::max(window / 2, 1));
    const auto room = static_cast<std::size_t>(std::max(window - answer_tokens, 0));
    PromptInput input;
    input.style = style_;
    input.boundary = make_boundary();
    input.token_limit = room > 2 * reserve_tokens ? room - reserve_tokens : room;
    input.memory = setup_.turn.memory;
    input.sources = sources_;
    input.question = small ? question_ : setup_.turn.message;
    Prompt prompt = build_prompt(input);
    if (prompt.question_shortened) writer_.note("The question is longer than the language model can read: it saw only the beginning.");
    if (small) gate_.emplace(sources_);
    ChatRequest request;
    request.messages = std::move(prompt.messages);
    request.max_tokens = answer_tokens;
    const auto given = static_cast<std::ptrdiff_t>(prompt.passages);
    writer_.model_is_asked({sources_.begin(), sources_.begin() + given}, std::move(input.boundary));
    std::optional<Error> failure;
    try {
        model_ = co_await setup_.llm->astream_chat(std::move(request));
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        failure = error;
    }
    phase_ = Phase::reading;
    if (failure) quote_instead(failure->what());
}

Task<> ContextStream::read_model() {
    std::optional<ChatDelta> delta;
    std::optional<Error> failure;
    try {
        delta = co_await model_->next();
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        failure = error;
    }
    if (delta) {
        take(*delta);
        co_return;
    }
    if (!failure) {
        end_reading(true);
        co_return;
    }
    if (writer_.shown().empty()) {
        quote_instead(failure->what());
        co_return;
    }
    writer_.stop_short();
    writer_.note(std::string("The answer is not complete. ") + failure->what());
    end_reading(false);
}

void ContextStream::take(const ChatDelta& delta) {
    if (!delta.finish_reason.empty()) finish_reason_ = delta.finish_reason;
    if (delta.usage) writer_.response().usage = delta.usage;
    std::string text = writer_.check(delta.text);
    if (gate_) text = gate_->feed(text);
    writer_.show(std::move(text));
    if (gate_ && gate_->done()) {
        end_reading(false);
    } else if (!gate_ && writer_.cut_repetition()) {
        model_.reset();
        phase_ = Phase::finish;
    }
}

void ContextStream::end_reading(bool whole) {
    std::string rest = writer_.check_end();
    if (gate_) {
        rest = gate_->feed(rest);
        rest += gate_->finish(whole && finish_reason_ != "length");
    }
    writer_.show(std::move(rest));
    model_.reset();
    phase_ = Phase::finish;
    if (!gate_ && text::trim(writer_.shown()).empty()) {
        quote_instead(why_no_words(finish_reason_));
        return;
    }
    if (whole && !gate_ && finish_reason_ == "length")
        writer_.note("The answer was cut at the most tokens an answer may have (llm.max_tokens).");
    if (!gate_ || writer_.stopped()) return;
    // A small model says less than the passages do: below its words stand those they rest on, then the others that fit.
    auto quoted = quote_passages(sources_, setup_.turn.message, setup_.params.quoted_passages, gate_->citations());
    if (gate_->citations().empty()) {
        writer_.note(
            "The built-in language model is small and found no words of its own that the passages support: they are quoted instead. A "
            "larger model (llm.base_url) answers better.");
        writer_.add("These passages fit the question best:\n\n" + quoted.answer);
    } else {
        writer_.add("\n\n" + quoted.answer);
    }
    writer_.set_citations(std::move(quoted.citations));
}

Task<> ContextStream::finish() {
    co_await writer_.finish(setup_.turn.message);
    phase_ = Phase::done;
}

}  // namespace docmind
