#include "storage/engine/session_table.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace docmind {
namespace {

constexpr std::array<std::string_view, 3> roles{"system", "user", "assistant"};

std::string_view name_of(MessageRole role) {
    return roles.at(static_cast<std::size_t>(role));
}

MessageRole parse_role(const std::string& text) {
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] == text) return static_cast<MessageRole>(i);
    }
    throw Error(errc::storage, fmt::format("A conversation holds the unknown role \"{}\". Restore a backup.", text));
}

constexpr auto select_sessions =
    "SELECT s.id, s.title, s.created_at, s.updated_at, (SELECT count(*) FROM messages m WHERE m.session_key = s.key) FROM sessions s ";

SessionRecord read_session(const Query& row) {
    return {row.text(0), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4))};
}

}  // namespace

void SessionTable::insert(const SessionRecord& s) {
    Query(database_, "INSERT INTO sessions(id, title, created_at, updated_at) VALUES(?, ?, ?, ?)", s.id, s.title, s.created_at,
          s.updated_at)
        .run();
}

std::optional<SessionRecord> SessionTable::find(const std::string& id) {
    Query query(database_, fmt::format("{} WHERE s.id = ?", select_sessions), id);
    return query.step() ? std::optional(read_session(query)) : std::nullopt;
}

std::vector<SessionRecord> SessionTable::list() {
    std::vector<SessionRecord> sessions;
    Query query(database_, fmt::format("{} ORDER BY s.updated_at DESC, s.key DESC", select_sessions));
    while (query.step()) sessions.push_back(read_session(query));
    return sessions;
}

bool SessionTable::rename(const std::string& id, const std::string& title) {
    Query(database_, "UPDATE sessions SET title = ? WHERE id = ?", title, id).run();
    return database_.changes() == 1;
}

bool SessionTable::remove(const std::string& id) {
    Query(database_, "DELETE FROM sessions WHERE id = ?", id).run();
    return database_.changes() == 1;
}

bool SessionTable::append(const std::string& session_id, const StoredMessage& m) {
    Query(database_, "UPDATE sessions SET updated_at = ? WHERE id = ?", m.created_at, session_id).run();
    if (database_.changes() == 0) return false;
    Query(database_,
          "INSERT INTO messages(id, session_key, role, content, stopped, created_at) SELECT ?, key, ?, ?, ?, ? FROM sessions WHERE id = ?",
          m.id, name_of(m.role), m.content, m.stopped, m.created_at, session_id)
        .run();
    const std::int64_t key = database_.last_insert_key();
    if (m.confidence) Query(database_, "UPDATE messages SET confidence = ? WHERE key = ?", *m.confidence, key).run();
    int position = 0;
    for (const Citation& c : m.citations) {
        Query(database_,
              "INSERT INTO citations(message_key, position, n, document_id, name, page, node_id, quote, begin_byte, end_byte) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              key, position++, c.n, c.document_id, c.name, c.page, c.node_id, c.quote, c.begin, c.end)
            .run();
    }
    position = 0;
    for (const SentenceSupport& s : m.sentences) {
        Query(database_,
              "INSERT INTO message_sentences(message_key, position, begin_byte, end_byte, problem, support, n, page, page_begin, page_end) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              key, position++, s.begin, s.end, to_string(s.problem), s.support, s.n, s.page, s.page_begin, s.page_end)
            .run();
    }
    return true;
}

std::vector<StoredMessage> SessionTable::messages(const std::string& session_id) {
    std::vector<StoredMessage> messages;
    Query query(database_,
                "SELECT m.key, m.id, m.role, m.content, m.stopped, m.created_at, COALESCE(m.confidence, -1) FROM messages m JOIN sessions "
                "s ON s.key = m.session_key "
                "WHERE s.id = ? ORDER BY m.key",
                session_id);
    while (query.step()) {
        StoredMessage message;
        message.id = query.text(1);
        message.role = parse_role(query.text(2));
        message.content = query.text(3);
        message.stopped = query.integer(4) != 0;
        message.created_at = query.text(5);
        if (query.real(6) >= 0) message.confidence = query.real(6);
        Query cited(database_,
                    "SELECT n, document_id, name, page, node_id, quote, begin_byte, end_byte FROM citations WHERE message_key = ? ORDER BY "
                    "position",
                    query.integer(0));
        while (cited.step()) {
            message.citations.push_back({static_cast<int>(cited.integer(0)), cited.text(1), cited.text(2),
                                         static_cast<int>(cited.integer(3)), cited.text(4), cited.text(5),
                                         static_cast<std::uint32_t>(cited.integer(6)), static_cast<std::uint32_t>(cited.integer(7))});
        }
        Query said(
            database_,
            "SELECT begin_byte, end_byte, problem, support, n, page, page_begin, page_end FROM message_sentences WHERE message_key = ? "
            "ORDER BY position",
            query.integer(0));
        while (said.step()) {
            message.sentences.push_back({static_cast<std::uint32_t>(said.integer(0)), static_cast<std::uint32_t>(said.integer(1)),
                                         support_problem(said.text(2)), said.real(3), static_cast<int>(said.integer(4)),
                                         static_cast<int>(said.integer(5)), static_cast<std::uint32_t>(said.integer(6)),
                                         static_cast<std::uint32_t>(said.integer(7))});
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

bool SessionTable::truncate_from(const std::string& session_id, const std::string& message_id) {
    Query(database_,
          "DELETE FROM messages WHERE session_key = (SELECT key FROM sessions WHERE id = ?1) AND key >= (SELECT m.key FROM messages m "
          "JOIN sessions s ON s.key = m.session_key WHERE m.id = ?2 AND s.id = ?1)",
          session_id, message_id)
        .run();
    return database_.changes() > 0;
}

}  // namespace docmind
