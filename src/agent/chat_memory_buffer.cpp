#include "agent/chat_memory_buffer.hpp"

#include "agent/text.hpp"
#include "agent/tokens.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>

namespace docmind {

namespace {

constexpr std::size_t template_tokens = 4;  // what a chat template adds to a message

// The message whose summary reaches furthest; nullopt where there is none.
std::optional<std::size_t> newest_summary(const std::vector<StoredMessage>& history) {
    for (std::size_t i = history.size(); i-- > 0;) {
        if (!history[i].summary.empty()) return i;
    }
    return std::nullopt;
}

}  // namespace

ChatMemoryBuffer::ChatMemoryBuffer(Params params) : params_(params) {
    if (!(params_.summary_share >= 0 && params_.summary_share <= 1))
        throw Error(errc::invalid_argument, "summary_share must be within 0..1.");
}

std::string ChatMemoryBuffer::text_of(const StoredMessage& message) const {
    return std::string(text::shorten(message.content, params_.max_message_bytes));
}

std::size_t ChatMemoryBuffer::summary_limit() const noexcept {
    return static_cast<std::size_t>(static_cast<double>(params_.token_limit) * params_.summary_share);
}

std::size_t ChatMemoryBuffer::cost(const StoredMessage& message, std::size_t tokens) const noexcept {
    return message.role == MessageRole::system || message.content.empty() ? 0 : tokens + template_tokens;
}

std::size_t ChatMemoryBuffer::first_within(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens,
                                           std::size_t budget) const {
    std::size_t first = history.size(), used = 0;
    while (first > 0) {
        used += cost(history[first - 1], tokens[first - 1]);
        if (used > budget) break;
        --first;
    }
    while (first < history.size() && history[first].role != MessageRole::user) ++first;
    return first;
}

ChatMemory ChatMemoryBuffer::get(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens) const {
    ChatMemory memory;
    std::size_t first = first_within(history, tokens, params_.token_limit);
    const bool fits = std::all_of(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(first),
                                  [&](const StoredMessage& message) { return cost(message, 1) == 0; });
    if (const auto summed = newest_summary(history); !fits && summed && summary_limit() > 0) {
        memory.summary = history[*summed].summary;
        const std::size_t wanted = estimate_tokens(memory.summary);
        if (wanted > summary_limit()) memory.summary = text::shorten(memory.summary, memory.summary.size() * summary_limit() / wanted);
        memory.summary_tokens = std::min(wanted, summary_limit());
        first = first_within(history, tokens, params_.token_limit - memory.summary_tokens);
    }
    for (std::size_t i = first; i < history.size(); ++i) {
        const std::size_t spent = cost(history[i], tokens[i]);
        if (spent > 0) memory.turns.push_back({{history[i].role, text_of(history[i])}, spent});
    }
    return memory;
}

ChatMemoryBuffer::Span ChatMemoryBuffer::to_summarize(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens,
                                                      std::size_t most_tokens) const {
    if (summary_limit() == 0 || first_within(history, tokens, params_.token_limit) == 0) return {};
    const auto summed = newest_summary(history);
    Span span{.begin = summed ? *summed + 1 : 0};
    const std::size_t budget = params_.token_limit - summary_limit();
    if (first_within(history, tokens, budget) <= span.begin) return {};
    const std::size_t last = first_within(history, tokens, budget / 2);
    std::size_t used = 0;
    for (std::size_t i = span.begin; i < last; ++i) {
        used += cost(history[i], tokens[i]);
        if (used > most_tokens && i > span.begin) break;
        if (i + 1 == history.size() || history[i + 1].role == MessageRole::user) span.end = i + 1;
    }
    return span;
}

}  // namespace docmind
