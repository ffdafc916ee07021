#include "agent/context_stream.hpp"

#include "agent/chat_memory_buffer.hpp"
#include "agent/citation_aligner.hpp"
#include "agent/follow_up.hpp"
#include "agent/passage_answer.hpp"
#include "agent/repetition.hpp"
#include "agent/standalone_question.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <utility>

#include "async/deadline.hpp"

namespace docmind {

namespace {

constexpr std::size_t guard_step = 64;      // bytes between two looks for repetition
constexpr int small_max_tokens = 100;       // a small model says nothing new after that
constexpr std::size_t reserve_tokens = 64;  // what estimates get wrong

}  // namespace

ContextStream::ContextStream(Setup setup) : setup_(std::move(setup)) {
    response_.session_id = setup_.session_id;
    if (setup_.llm != nullptr) style_ = setup_.params.style.value_or(style_for(setup_.llm->metadata().model));
}

ContextStream::~ContextStream() {
    // The server hears first that nobody reads any more.
    model_.reset();
    if (saving_ || phase_ == Phase::done || shown_.empty() || setup_.sessions == nullptr) return;
    auto kept = citations_final_ ? CitationAligner::Result{shown_, response_.citations} : CitationAligner().align(shown_, sources_);
    try {
        keep_answer(std::move(kept.answer), std::move(kept.citations), true);
    } catch (const Error&) {
        // DocMind is ending and takes no more work: there is nobody left to tell.
        return;
    }
}

Task<std::optional<AgentEvent>> ContextStream::next() {
    while (pending_.empty() && phase_ != Phase::done) co_await step();
    if (pending_.empty()) co_return std::nullopt;
    AgentEvent event = std::move(pending_.front());
    pending_.pop_front();
    co_return event;
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
    question_ = co_await standalone_question(llm, setup_.history, setup_.message, setup_.params.condense_limit);
    if (llm != nullptr && question_ != setup_.message) response_.timings_ms["condense"] = milliseconds_since(begin);
    pending_.push_back(AgentStep{"query", question_});
    phase_ = Phase::passages;
}

Task<> ContextStream::find_passages() {
    QueryBundle query;
    query.query_str = question_;
    query.similarity_top_k = setup_.params.context_passages;
    query.document_ids = setup_.document_ids;
    auto found = co_await setup_.retriever->aretrieve(std::move(query));
    for (const auto& [name, time] : found.timings_ms) {
        if (name != "total") response_.timings_ms[name] = time;
    }
    for (std::string& text : found.notes) note(std::move(text));
    for (NodeWithScore& passage : found.nodes) {
        if (sources_.size() == setup_.params.context_passages) break;
        sources_.push_back({static_cast<int>(sources_.size()) + 1, std::move(passage)});
    }
    pending_.push_back(AgentSources{sources_});
    phase_ = Phase::model;
    if (!found.relevant || sources_.empty()) refuse();
}

void ContextStream::refuse() {
    response_.found = false;
    citations_final_ = true;
    show(sources_.empty()
             ? "The documents do not say anything about this: no passage was found."
             : "The documents do not say. The passages listed as sources come closest, but they do not seem to speak of this.");
    phase_ = Phase::finish;
}

void ContextStream::quote_instead(const std::string& why) {
    model_.reset();
    response_.degraded = true;
    note(why + " The passages are quoted instead; docmind doctor says what to do.");
    auto quoted = quote_passages(sources_, setup_.message, setup_.params.quoted_passages);
    response_.citations = std::move(quoted.citations);
    citations_final_ = true;
    show("The language model cannot be used now, so these are the passages that fit the question best:\n\n");
    show(std::move(quoted.answer));
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
    input.history = ChatMemoryBuffer({.token_limit = setup_.params.memory_tokens}).get(setup_.history);
    input.sources = sources_;
    input.question = small ? question_ : setup_.message;
    Prompt prompt = build_prompt(input);
    given_ = prompt.passages;
    if (prompt.question_shortened) note("The question is longer than the language model can read: it saw only the beginning.");
    checker_.emplace(CitationChecker::Params{.passages = given_, .boundary = input.boundary});
    if (small) gate_.emplace(sources_);
    ChatRequest request;
    request.messages = std::move(prompt.messages);
    request.max_tokens = answer_tokens;
    asked_at_ = Clock::now();
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
    if (shown_.empty()) {
        quote_instead(failure->what());
        co_return;
    }
    stopped_ = true;
    note(std::string("The answer is not complete. ") + failure->what());
    end_reading(false);
}

void ContextStream::take(const ChatDelta& delta) {
    if (!delta.finish_reason.empty()) finish_reason_ = delta.finish_reason;
    if (delta.usage) response_.usage = delta.usage;
    std::string text = checker_->feed(delta.text);
    if (gate_) text = gate_->feed(text);
    show(std::move(text));
    if (gate_ && gate_->done()) {
        end_reading(false);
    } else if (!gate_) {
        guard_against_repetition();
    }
}

void ContextStream::guard_against_repetition() {
    if (shown_.size() < guarded_ + guard_step) return;
    guarded_ = shown_.size();
    const auto repeated = find_repetition(shown_);
    if (!repeated) return;
    shown_.resize(*repeated);
    while (!shown_.empty() && text::trim(std::string_view(shown_).substr(shown_.size() - 1)).empty()) shown_.pop_back();
    note("The language model began to repeat itself; the answer ends there.");
    model_.reset();
    phase_ = Phase::finish;
}

void ContextStream::end_reading(bool whole) {
    std::string rest = checker_->finish();
    if (gate_) {
        rest = gate_->feed(rest);
        rest += gate_->finish(whole && finish_reason_ != "length");
    }
    show(std::move(rest));
    model_.reset();
    phase_ = Phase::finish;
    if (whole && !gate_ && finish_reason_ == "length") note("The answer was cut at the most tokens an answer may have (llm.max_tokens).");
    if (!gate_ && text::trim(shown_).empty()) {
        quote_instead("The language model gave no answer.");
        return;
    }
    if (!gate_ || stopped_) return;
    // Under the words of a small model stand those of the passage they rest on.
    response_.citations = gate_->citations();
    if (response_.citations.empty()) {
        note(
            "The built-in language model is small and found no words of its own that the passages support: they are quoted instead. A "
            "larger model (llm.base_url) answers better.");
        auto quoted = quote_passages(sources_, setup_.message, 2);
        response_.citations = std::move(quoted.citations);
        show("These passages fit the question best:\n\n" + quoted.answer);
    } else {
        show("\n\n" + quotation(response_.citations.front(), response_.citations.front().quote));
    }
    citations_final_ = true;
}

void ContextStream::show(std::string text) {
    if (text.empty()) return;
    if (shown_.empty() && asked_at_ != Clock::time_point{}) response_.timings_ms["first_token"] = milliseconds_since(asked_at_);
    shown_ += text;
    pending_.push_back(AgentToken{std::move(text)});
}

void ContextStream::complete_citations() {
    if (citations_final_) {
        response_.answer = shown_;
        return;
    }
    const CitationAligner aligner;
    const std::vector<Source> given(sources_.begin(), sources_.begin() + static_cast<std::ptrdiff_t>(std::min(given_, sources_.size())));
    if (text::trim(shown_).starts_with(not_found_words().substr(0, not_found_words().size() - 1)) &&
        shown_.size() < 2 * not_found_words().size()) {
        response_.found = false;
        response_.answer = shown_;
        return;
    }
    auto aligned = stopped_ ? aligner.align(shown_, given) : aligner.align_or_name_sources(shown_, given, setup_.message);
    response_.answer = std::move(aligned.answer);
    response_.citations = std::move(aligned.citations);
    std::ranges::sort(response_.citations, {}, &Citation::n);
}

Task<> ContextStream::finish() {
    if (!saving_) {
        complete_citations();
        keep_answer(response_.answer, response_.citations, stopped_);
    }
    const auto saving = saving_;
    co_await saving->done.wait();
    if (saving->failure) note(std::string("The answer could not be kept. ") + saving->failure->what());
    response_.timings_ms["total"] = milliseconds_since(setup_.started);
    pending_.push_back(std::move(response_));
    phase_ = Phase::done;
}

// In the background, so that neither a reader who leaves now nor one who left before keeps it from being stored once and whole.
void ContextStream::keep_answer(std::string content, std::vector<Citation> citations, bool stopped) {
    StoredMessage message;
    message.role = MessageRole::assistant;
    message.content = std::move(content);
    message.citations = std::move(citations);
    message.stopped = stopped;
    auto saving = std::make_shared<Saving>();
    if (setup_.sessions == nullptr) {
        saving->done.set();
    } else {
        setup_.background->spawn(save(saving, setup_.sessions, setup_.session_id, std::move(message)));
    }
    saving_ = std::move(saving);
}

Task<> ContextStream::save(std::shared_ptr<Saving> saving, SessionStore* sessions, std::string session_id, StoredMessage message) {
    try {
        co_await sessions->aappend_message(std::move(session_id), std::move(message));
    } catch (const Error& error) {
        saving->failure = error;
    }
    saving->done.set();
}

double ContextStream::milliseconds_since(Clock::time_point begin) const {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace docmind
