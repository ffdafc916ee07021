#include "storage/engine/session_table.hpp"

#include <fmt/format.h>

namespace docmind {
namespace {

constexpr auto select_sessions =
    "SELECT s.id, s.title, s.created_at, s.updated_at, (SELECT count(*) FROM messages m WHERE m.session_key = s.key) FROM sessions s "
    "WHERE s.removed_at = ''";

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
    Query query(database_, fmt::format("{} AND s.id = ?", select_sessions), id);
    return query.step() ? std::optional(read_session(query)) : std::nullopt;
}

std::optional<std::int64_t> SessionTable::key_of(const std::string& id) {
    Query query(database_, "SELECT key FROM sessions WHERE id = ? AND removed_at = ''", id);
    return query.step() ? std::optional(query.integer(0)) : std::nullopt;
}

std::vector<SessionRecord> SessionTable::list() {
    std::vector<SessionRecord> sessions;
    Query query(database_, fmt::format("{} ORDER BY s.updated_at DESC, s.key DESC", select_sessions));
    while (query.step()) sessions.push_back(read_session(query));
    return sessions;
}

bool SessionTable::rename(const std::string& id, const std::string& title) {
    Query(database_, "UPDATE sessions SET title = ? WHERE id = ? AND removed_at = ''", title, id).run();
    return database_.changes() == 1;
}

std::optional<std::int64_t> SessionTable::touch(const std::string& id, const std::string& time) {
    Query(database_, "UPDATE sessions SET updated_at = ? WHERE id = ?", time, id).run();
    Query query(database_, "SELECT key FROM sessions WHERE id = ?", id);
    return query.step() ? std::optional(query.integer(0)) : std::nullopt;
}

bool SessionTable::remove(const std::string& id, const std::string& time) {
    Query(database_, "UPDATE sessions SET removed_at = ? WHERE id = ? AND removed_at = ''", time, id).run();
    return database_.changes() == 1;
}

bool SessionTable::restore(const std::string& id) {
    Query(database_, "UPDATE sessions SET removed_at = '' WHERE id = ? AND removed_at <> ''", id).run();
    return database_.changes() == 1;
}

void SessionTable::purge(const std::string& time) {
    Query(database_, "DELETE FROM sessions WHERE removed_at <> '' AND removed_at <= ?", time).run();
}

}  // namespace docmind
