#include "agent/conversation_memory.hpp"

#include "agent/answer_writer.hpp"
#include "agent/conversation_summary.hpp"
#include "agent/prompt.hpp"
#include "agent/tokens.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "async/deadline.hpp"

namespace docmind {

namespace {

constexpr std::size_t request_frame = 200;  // tokens of what a request for a summary says besides the conversation

bool is_turn(const StoredMessage& message) {
    return message.role != MessageRole::system && !message.content.empty();
}

}  // namespace

ConversationMemory::ConversationMemory(Params params, LLM* llm, SessionStore& sessions, Executor executor)
    : buffer_(params.buffer), llm_(llm), sessions_(sessions), executor_(std::move(executor)) {
    set(params);
}

void ConversationMemory::set(Params params) {
    if (params.max_rounds == 0 || params.max_counts == 0)
        throw Error(errc::invalid_argument, "The limits of a conversation's memory must be at least 1.");
    // A message that is shortened elsewhere has another number of tokens.
    if (params.buffer.max_message_bytes != params_.buffer.max_message_bytes) counts_.clear();
    buffer_ = ChatMemoryBuffer(params.buffer);
    params_ = params;
}

std::vector<std::size_t> ConversationMemory::estimate(const std::vector<StoredMessage>& history) const {
    std::vector<std::size_t> tokens;
    tokens.reserve(history.size());
    for (const StoredMessage& message : history) tokens.push_back(estimate_tokens(buffer_.text_of(message)));
    return tokens;
}

// What was counted before is known; the rest is asked for in one call.
Task<std::vector<std::size_t>> ConversationMemory::count(std::vector<StoredMessage> history) {
    std::vector<std::size_t> tokens = estimate(history);
    if (!reads_conversations() || Clock::now() < count_again_) co_return tokens;
    std::string model = llm_->metadata().model;
    if (model != std::exchange(counted_model_, model) || counts_.size() > params_.max_counts) counts_.clear();
    std::vector<std::string> texts;
    std::vector<std::size_t> places;
    // Long before the budget there is nothing that could still be read: what is left out here keeps its estimate.
    std::size_t looked_at = 0;
    for (std::size_t i = history.size(); i-- > 0 && looked_at < 8 * params_.buffer.token_limit;) {
        if (!is_turn(history[i])) continue;
        looked_at += tokens[i];
        if (const auto known = counts_.find(history[i].id); known != counts_.end()) {
            tokens[i] = known->second;
        } else {
            texts.push_back(buffer_.text_of(history[i]));
            places.push_back(i);
        }
    }
    if (texts.empty()) co_return tokens;
    std::vector<std::size_t> counted;
    try {
        counted = co_await with_deadline(llm_->acount_tokens(std::move(texts)), params_.count_limit);
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
    }
    if (counted.size() != places.size()) {
        count_again_ = Clock::now() + params_.count_pause;
        co_return tokens;
    }
    for (std::size_t i = 0; i < places.size(); ++i) tokens[places[i]] = counts_[history[places[i]].id] = counted[i];
    co_return tokens;
}

Task<ChatMemory> ConversationMemory::arecall(std::vector<StoredMessage> history) {
    std::vector<std::size_t> tokens = estimate(history);
    if (!fits(history, tokens)) tokens = co_await count(history);
    co_return buffer_.get(history, tokens);
}

bool ConversationMemory::fits(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens) const {
    const auto turns = static_cast<std::size_t>(std::ranges::count_if(history, is_turn));
    return buffer_.get(history, tokens).turns.size() == turns;
}

// One that is small by its name does not.
bool ConversationMemory::reads_conversations() const {
    return llm_ != nullptr && params_.ask_model && style_for(llm_->metadata().model) == PromptStyle::full;
}

void ConversationMemory::interrupt() {
    for (const auto& work : work_) work->cancel();
}

bool ConversationMemory::busy() const noexcept {
    return std::ranges::any_of(work_, [](const auto& work) { return work->size() > 0; });
}

void ConversationMemory::answered(std::string session_id, std::string message_id) {
    std::erase_if(work_, [](const auto& work) { return work->size() == 0; });
    if (closed_ || !params_.summarize || !work_.empty() || !reads_conversations()) return;
    work_.push_back(std::make_unique<Scope>(executor_));
    work_.back()->spawn(sum_up(std::move(session_id), std::move(message_id)));
}

Task<> ConversationMemory::sum_up(std::string session_id, std::string message_id) {
    try {
        std::vector<StoredMessage> history = co_await sessions_.aget_path(std::move(session_id), std::move(message_id));
        for (std::size_t round = 0; round < params_.max_rounds; ++round) {
            const bool more = co_await sum_up_once(&history);
            if (!more) break;
        }
    } catch (const Error&) {
        // A conversation that was removed, a model that is away: what fell out is forgotten until the next answer.
        co_return;
    }
}

Task<bool> ConversationMemory::sum_up_once(std::vector<StoredMessage>* history) {
    if (fits(*history, estimate(*history))) co_return false;
    const std::vector<std::size_t> tokens = co_await count(*history);
    const int known = llm_->metadata().context_window;
    const auto window = static_cast<std::size_t>(std::max(known > 0 ? known : params_.context_window, 1));
    const std::size_t frame = request_frame + 2 * buffer_.summary_limit();
    if (window <= 2 * frame) co_return false;
    const auto span = buffer_.to_summarize(*history, tokens, (window - frame) / 2);
    if (span.empty()) co_return false;
    const std::string previous = span.begin == 0 ? std::string() : (*history)[span.begin - 1].summary;
    const auto messages = std::span(std::as_const(*history)).subspan(span.begin, span.end - span.begin);
    auto request = summary_request(previous, messages, make_boundary(), buffer_.summary_limit(), params_.buffer.max_message_bytes);
    const ChatResponse said = co_await with_deadline(llm_->achat(std::move(request)), params_.summary_limit);
    auto summary = accept_summary(said.text, previous, messages, buffer_.summary_limit());
    if (!summary) co_return false;
    StoredMessage& last = (*history)[span.end - 1];
    last.summary = *summary;
    co_await sessions_.aset_summary(last.id, std::move(*summary));
    co_return true;
}

Task<> ConversationMemory::close() {
    closed_ = true;
    for (const auto& work : work_) co_await work->close(std::chrono::seconds(0));
}

}  // namespace docmind
