#include "agent/answer_writer.hpp"

#include "agent/answer_sentences.hpp"
#include "agent/citation_aligner.hpp"
#include "agent/conversation_memory.hpp"
#include "agent/passage_answer.hpp"
#include "agent/prompt.hpp"
#include "agent/repetition.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <iterator>
#include <stop_token>
#include <utility>

#include "analysis/matching_words.hpp"
#include "async/offload.hpp"

namespace docmind {

namespace {

constexpr std::size_t guard_step = 64;  // bytes between two looks for repetition

bool says_not_found(std::string_view answer) {
    const std::string_view words = not_found_words();
    return text::trim(answer).starts_with(words.substr(0, words.size() - 1)) && answer.size() < 2 * words.size();
}

}  // namespace

std::string why_no_words(const std::string& finish_reason) {
    if (finish_reason != "length") return "The language model gave no answer.";
    return "The language model gave no answer within the most tokens an answer may have (llm.max_tokens): one that thinks first needs "
           "more.";
}

bool can_stand_in(errc code) noexcept {
    return code == errc::unavailable || code == errc::timeout || code == errc::backend || code == errc::overloaded;
}

AnswerWriter::AnswerWriter(Setup setup) : setup_(std::move(setup)) {
    response_.session_id = setup_.session_id;
    response_.question_id = setup_.question_id;
}

AnswerWriter::~AnswerWriter() {
    if (saving_ || finished_ || shown_.empty() || !setup_.parts) return;
    stopped_ = true;
    try {
        keep({});
    } catch (const Error&) {
        // DocMind is ending and takes no more work: there is nobody left to tell.
        return;
    }
}

std::optional<AgentEvent> AnswerWriter::pull() {
    if (pending_.empty()) return std::nullopt;
    AgentEvent event = std::move(pending_.front());
    pending_.pop_front();
    return event;
}

void AnswerWriter::model_is_asked(std::vector<Source> given, std::string boundary) {
    finder_.reset();
    given_ = std::move(given);
    checker_.emplace(CitationChecker::Params{.passages = given_.size(), .boundary = std::move(boundary)});
    asked_at_ = Clock::now();
}

void AnswerWriter::found_with(float relevance) {
    relevance_ = std::max(relevance_.value_or(0), relevance);
}

void AnswerWriter::show(std::string text) {
    const bool may_end = text.find_first_of(".!?\n\xE3\xEF") != std::string::npos;
    append(std::move(text));
    if (may_end) judge(false);
}

void AnswerWriter::add(std::string text) {
    judge(true);
    append(std::move(text));
    judged_ = shown_.size();
}

void AnswerWriter::append(std::string text) {
    if (text.empty()) return;
    if (shown_.empty() && asked_at_ != Clock::time_point{}) response_.timings_ms["first_token"] = milliseconds_since(asked_at_);
    shown_ += text;
    tell(AgentToken{std::move(text)});
}

// The last sentence may go on, where it is not the `last` of all.
void AnswerWriter::judge(bool last) {
    if (given_.empty() || judged_ == shown_.size()) return;
    const auto spans = answer_sentences(shown_);
    for (std::size_t i = 0; i + (last ? 0 : 1) < spans.size(); ++i) {
        if (spans[i].begin < judged_) continue;
        judged_ = spans[i].end;
        const std::string claim = claim_in(shown_, spans[i]);
        if (claim.empty()) continue;
        if (!finder_) finder_.emplace(SupportFinder::Params{}, given_);
        SentenceSupport sentence = finder_->describe(finder_->find(claim));
        sentence.begin = static_cast<std::uint32_t>(spans[i].begin);
        sentence.end = static_cast<std::uint32_t>(spans[i].end);
        sentences_.push_back(sentence);
        tell(AgentSentence{sentence});
    }
}

bool AnswerWriter::cut_repetition() {
    if (shown_.size() < guarded_ + guard_step) return false;
    guarded_ = shown_.size();
    const auto repeated = find_repetition(shown_);
    if (!repeated) return false;
    shown_.resize(*repeated);
    while (!shown_.empty() && text::trim(std::string_view(shown_).substr(shown_.size() - 1)).empty()) shown_.pop_back();
    judged_ = std::min(judged_, shown_.size());
    std::erase_if(sentences_, [&](const SentenceSupport& sentence) { return sentence.end > shown_.size(); });
    note("The language model began to repeat itself; the answer ends there.");
    return true;
}

void AnswerWriter::set_citations(std::vector<Citation> citations) {
    response_.citations = std::move(citations);
    citations_final_ = true;
}

void AnswerWriter::take(AgentResponse whole) {
    set_citations(std::move(whole.citations));
    add(std::move(whole.answer));
    for (const SentenceSupport& sentence : whole.sentences) tell(AgentSentence{sentence});
    sentences_ = std::move(whole.sentences);
    std::ranges::move(whole.notes, std::back_inserter(response_.notes));
    for (const auto& [name, time] : whole.timings_ms) {
        if (name != "total") response_.timings_ms[name] += time;
    }
    response_.degraded = whole.degraded;
    response_.found = whole.found;
    response_.usage = whole.usage;
    response_.confidence = whole.confidence;
}

void AnswerWriter::refuse(bool close_by) {
    response_.found = false;
    set_citations({});
    add(close_by ? "The documents do not say. The passages listed as sources come closest, but they do not seem to speak of this."
                 : "The documents do not say anything about this: no passage was found.");
}

void AnswerWriter::quote_instead(const std::string& why, const std::vector<Source>& sources, std::string_view question, std::size_t most) {
    response_.degraded = true;
    note(why + " The passages are quoted instead; docmind doctor says what to do.");
    auto quoted = quote_passages(sources, question, most);
    set_citations(std::move(quoted.citations));
    add("The language model cannot be used now, so these are the passages that fit the question best:\n\n");
    add(std::move(quoted.answer));
}

Task<> AnswerWriter::finish(std::string question) {
    if (!saving_) {
        const bool declines = says_not_found(shown_);
        if (declines && !citations_final_) response_.found = false;
        if (!declines) judge(true);
        keep(std::move(question));
    }
    const auto saving = saving_;
    co_await saving->done.wait();
    if (saving->failure) note(std::string("The answer could not be kept. ") + saving->failure->what());
    response_.answer = saving->message.content;
    response_.citations = saving->message.citations;
    response_.matches = saving->message.matches;
    response_.sentences = saving->message.sentences;
    response_.confidence = saving->message.confidence;
    response_.message_id = saving->message_id;
    response_.timings_ms["total"] = milliseconds_since(setup_.started);
    tell(std::move(response_));
    finished_ = true;
}

// In the background, so that neither a reader who leaves now nor one who left before keeps it from being stored once and whole.
void AnswerWriter::keep(std::string question) {
    auto saving = std::make_shared<Saving>();
    StoredMessage& message = saving->message;
    message.role = MessageRole::assistant;
    message.parent_id = setup_.question_id;
    message.content = shown_;
    message.stopped = stopped_;
    if (citations_final_) {
        message.citations = response_.citations;
        if (response_.found) message.sentences = sentences_;
        message.confidence = response_.confidence;
        if (response_.found && !stopped_ && !message.confidence) message.confidence = answer_confidence(relevance_, sentences_);
    } else if (response_.found) {
        saving->uncited = Uncited{given_, relevance_};
    }
    saving->question = std::move(question);
    if (setup_.parts) {
        setup_.parts->background.spawn(save(saving, *setup_.parts, setup_.session_id));
    } else {
        compare(*saving);
        saving->done.set();
    }
    saving_ = std::move(saving);
}

void AnswerWriter::compare(Saving& saving) {
    StoredMessage& message = saving.message;
    if (saving.uncited) {
        const CitationAligner aligner;
        auto aligned = message.stopped ? aligner.align(message.content, saving.uncited->given)
                                       : aligner.align_or_name_sources(message.content, saving.uncited->given, saving.question);
        message.content = std::move(aligned.answer);
        message.citations = std::move(aligned.citations);
        message.sentences = std::move(aligned.sentences);
        if (!message.stopped) message.confidence = answer_confidence(saving.uncited->relevance, message.sentences);
        std::ranges::sort(message.citations, {}, &Citation::n);
    }
    if (!message.citations.empty()) MatchingWords(saving.question).mark(message, message.content);
}

Task<> AnswerWriter::save(std::shared_ptr<Saving> saving, ConversationParts parts, std::string session_id) {
    try {
        if (saving->uncited || !saving->message.citations.empty()) {
            // Milliseconds where the answer is long and rests on many passages; a busy pool costs them here, not the answer.
            bool refused = false;
            try {
                auto work = [saving](std::stop_token) { compare(*saving); };
                co_await offload(parts.cpu_pool, Priority::interactive, std::move(work));
            } catch (const Error& error) {
                if (error.code() != errc::overloaded) throw;
                refused = true;
            }
            if (refused) compare(*saving);
        }
        const auto stored = co_await parts.sessions.aappend_message(session_id, saving->message);
        saving->message_id = stored.id;
        parts.memory.answered(session_id, stored.id);
    } catch (const Error& error) {
        saving->failure = error;
    }
    saving->done.set();
}

double AnswerWriter::milliseconds_since(Clock::time_point begin) const {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace docmind
