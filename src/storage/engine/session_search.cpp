#include "storage/engine/session_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t max_words = 32;
constexpr std::size_t max_rows = 500;  // messages that are looked at; the best come first
constexpr char begin_mark = '\x02';
constexpr char end_mark = '\x03';

bool may_be_a_word(std::string_view piece) {
    return std::ranges::any_of(piece, [](unsigned char c) { return c >= 0x80 || std::isalnum(c) != 0; });
}

// Takes the marks out of the excerpt and notes where they stood.
void take_marks(std::string_view marked, SessionMatch& match) {
    std::optional<std::uint32_t> begin;
    for (const char c : marked) {
        const auto at = static_cast<std::uint32_t>(match.excerpt.size());
        if (c == begin_mark) {
            begin = at;
        } else if (c == end_mark) {
            if (begin && *begin < at) match.matches.emplace_back(*begin, at);
            begin.reset();
        } else {
            match.excerpt.push_back(c);
        }
    }
}

SessionRecord session_of(const Query& row) {
    return {row.text(0), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4))};
}

std::string select(std::string_view table, std::string_view excerpt, std::string_view message, std::string_view join) {
    return fmt::format(
        "SELECT s.id, s.title, s.created_at, s.updated_at, (SELECT count(*) FROM messages c WHERE c.session_key = s.key), {1}, {2} "
        "FROM {0} {3} WHERE {0} MATCH ?1 AND s.removed_at = '' ORDER BY {0}.rank, {0}.rowid DESC LIMIT ?2",
        table, excerpt, message, join);
}

SessionMatch* find(std::vector<SessionMatch>& matches, const std::string& session) {
    const auto found = std::ranges::find_if(matches, [&](const SessionMatch& match) { return match.session.id == session; });
    return found == matches.end() ? nullptr : &*found;
}

}  // namespace

std::string match_expression(std::string_view text) {
    std::string expression;
    std::size_t words = 0;
    for (std::size_t at = 0; at < text.size() && words < max_words;) {
        const auto is_blank = [&](std::size_t i) { return static_cast<unsigned char>(text[i]) <= ' '; };
        while (at < text.size() && is_blank(at)) ++at;
        const std::size_t begin = at;
        while (at < text.size() && !is_blank(at)) ++at;
        const std::string_view piece = text.substr(begin, at - begin);
        if (!may_be_a_word(piece)) continue;
        if (!expression.empty()) expression += ' ';
        expression += '"';
        for (const char c : piece) expression.append(c == '"' ? 2 : 1, c);
        expression += '"';
        ++words;
    }
    return expression.empty() ? expression : expression + " *";
}

std::vector<SessionMatch> search_sessions(Database& database, std::string_view text, std::size_t limit) {
    std::vector<SessionMatch> matches;
    const std::string expression = match_expression(text);
    if (expression.empty() || limit == 0) return matches;

    Query titled(
        database,
        select("session_title", "highlight(session_title, 0, char(2), char(3))", "''", "JOIN sessions s ON s.key = session_title.rowid"),
        expression, limit);
    while (titled.step()) {
        SessionMatch match{.session = session_of(titled)};
        take_marks(titled.text(5), match);
        matches.push_back(std::move(match));
    }

    Query said(database,
               select("message_text", "snippet(message_text, 0, char(2), char(3), '…', 24)", "m.id, m.role",
                      "JOIN messages m ON m.key = message_text.rowid JOIN sessions s ON s.key = m.session_key"),
               expression, max_rows);
    while (said.step()) {
        SessionMatch* match = find(matches, said.text(0));
        if (match == nullptr) {
            if (matches.size() == limit) continue;
            match = &matches.emplace_back(SessionMatch{.session = session_of(said)});
        }
        if (!match->message_id.empty()) continue;
        match->message_id = said.text(6);
        match->role = said.text(7) == "assistant" ? MessageRole::assistant : MessageRole::user;
        match->excerpt.clear();
        match->matches.clear();
        take_marks(said.text(5), *match);
    }
    return matches;
}

}  // namespace docmind
