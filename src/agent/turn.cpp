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

// What stands before the message, in the branch it goes to.
Task<std::vector<StoredMessage>> messages_before(SessionStore* sessions, std::string session, std::optional<std::string> parent_id) {
    if (!parent_id) co_return co_await sessions->aget_messages(std::move(session));
    [[maybe_unused]] const auto known = co_await sessions->aget_session(session);
    if (parent_id->empty()) co_return std::vector<StoredMessage>();
    try {
        co_return co_await sessions->aget_path(std::move(session), *parent_id);
    } catch (const Error& error) {
        if (error.code() != errc::not_found) throw;
    }
    throw Error(errc::invalid_argument, "There is no message " + *parent_id + " in this conversation.");
}

Task<Turn> repeat_turn(SessionStore* sessions, Turn turn) {
    turn.history = co_await sessions->aget_path(turn.session_id, turn.question_id);
    if (turn.history.back().role != MessageRole::user) throw Error(errc::invalid_argument, "Only a question can be answered again.");
    turn.message = turn.history.back().content;
    turn.history.pop_back();
    co_await sessions->achoose_branch(turn.session_id, turn.question_id);
    co_return turn;
}

}  // namespace

Task<Turn> abegin_turn(SessionStore* sessions, std::string session, ChatTurn said, std::size_t max_chars) {
    Turn turn{.started = std::chrono::steady_clock::now()};
    turn.session_id = std::move(session);
    turn.question_id = std::move(said.question_id);
    if (!turn.question_id.empty()) co_return co_await repeat_turn(sessions, std::move(turn));
    turn.message = checked_message(std::move(said.message), max_chars);
    StoredMessage asked;
    asked.role = MessageRole::user;
    asked.content = turn.message;
    if (turn.session_id.empty()) {
        auto [begun, first] = co_await sessions->abegin_session(title_of(turn.message), std::move(asked));
        turn.session_id = std::move(begun.id);
        turn.question_id = std::move(first.id);
        co_return turn;
    }
    turn.history = co_await messages_before(sessions, turn.session_id, said.parent_id);
    if (turn.history.empty()) {
        const auto known = co_await sessions->aget_session(turn.session_id);
        if (known.title.empty()) co_await sessions->arename_session(turn.session_id, title_of(turn.message));
    }
    asked.parent_id = std::move(said.parent_id);
    const auto stored = co_await sessions->aappend_message(turn.session_id, std::move(asked));
    turn.question_id = stored.id;
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
