#include "agent/chat_memory_buffer.hpp"

#include "agent/text.hpp"
#include "agent/tokens.hpp"

#include <algorithm>

namespace docmind {

std::vector<ChatMessage> ChatMemoryBuffer::get(const std::vector<StoredMessage>& messages) const {
    std::vector<ChatMessage> kept;
    std::size_t used = 0;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        if (message->role == MessageRole::system || message->content.empty()) continue;
        std::string text(text::shorten(message->content, params_.max_message_bytes));
        used += estimate_tokens(text) + 4;  // the chat template's own tokens
        if (used > params_.token_limit) break;
        kept.push_back({message->role, std::move(text)});
    }
    while (!kept.empty() && kept.back().role != MessageRole::user) kept.pop_back();
    std::reverse(kept.begin(), kept.end());
    return kept;
}

}  // namespace docmind
