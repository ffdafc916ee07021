#include "agent/turn.hpp"

#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "net/http_message.hpp"

namespace docmind {

namespace {

constexpr std::size_t title_bytes = 80;

std::string checked_message(std::string message, std::size_t max_chars) {
    const auto chars =
        static_cast<std::size_t>(std::ranges::count_if(message, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    if (chars > max_chars) {
        throw Error(errc::invalid_argument, "The message has " + std::to_string(chars) + " characters; at most " +
                                                std::to_string(max_chars) + " are possible. Shorten it.");
    }
    message = to_valid_utf8(std::move(message));
    std::erase(message, '\0');
    std::string trimmed(text::trim(message));
    if (trimmed.empty()) throw Error(errc::invalid_argument, "The message is empty: ask a question.");
    return trimmed;
}

// A conversation is called by its first question.
std::string title_of(std::string_view message) {
    std::string line = text::one_line(text::shorten(message, 4 * title_bytes));
    if (line.size() <= title_bytes) return line;
    std::string_view cut = text::shorten(line, title_bytes);
    const auto blank = cut.rfind(' ');
    if (blank != std::string_view::npos && blank > title_bytes / 2) cut = cut.substr(0, blank);
    return std::string(cut) + "…";
}

}  // namespace

Task<Turn> abegin_turn(SessionStore* sessions, std::string session, std::string message, std::size_t max_chars) {
    Turn turn{.started = std::chrono::steady_clock::now()};
    turn.message = checked_message(std::move(message), max_chars);
    turn.session_id = std::move(session);
    StoredMessage asked;
    asked.role = MessageRole::user;
    asked.content = turn.message;
    if (turn.session_id.empty()) {
        auto begun = co_await sessions->abegin_session(title_of(turn.message), std::move(asked));
        turn.session_id = std::move(begun.id);
        co_return turn;
    }
    turn.history = co_await sessions->aget_messages(turn.session_id);
    if (turn.history.empty()) {
        const auto known = co_await sessions->aget_session(turn.session_id);
        if (known.title.empty()) co_await sessions->arename_session(turn.session_id, title_of(turn.message));
    }
    co_await sessions->aappend_message(turn.session_id, std::move(asked));
    co_return turn;
}

Task<AgentResponse> alast_response(std::unique_ptr<AgentStream> stream) {
    std::optional<AgentResponse> response;
    while (true) {
        auto event = co_await stream->next();
        if (!event) break;
        if (auto* last = std::get_if<AgentResponse>(&*event)) response = std::move(*last);
    }
    if (!response) throw Error(errc::internal, "The answer ended without a response.");
    co_return std::move(*response);
}

}  // namespace docmind
