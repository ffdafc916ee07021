#include "storage/engine/message_table.hpp"

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

}  // namespace

MessageTree MessageTable::tree(std::int64_t session_key) {
    std::vector<MessageTree::Row> rows;
    Query query(database_, "SELECT key, parent_key, chosen, id FROM messages WHERE session_key = ? ORDER BY key", session_key);
    while (query.step()) rows.push_back({query.integer(0), query.integer(1), query.integer(2) != 0, query.text(3)});
    return MessageTree(std::move(rows));
}

void MessageTable::append(std::int64_t session_key, StoredMessage& m) {
    const MessageTree before = tree(session_key);
    std::vector<const MessageTree::Row*> path;
    if (!m.parent_id) {
        path = before.active_path();
    } else if (!m.parent_id->empty()) {
        const MessageTree::Row* const parent = before.find(*m.parent_id);
        if (parent == nullptr)
            throw Error(errc::invalid_argument, fmt::format("There is no message {} in this conversation.", *m.parent_id));
        path = before.path_to(*parent);
    }
    const std::int64_t parent_key = path.empty() ? 0 : path.back()->key;
    m.parent_id = path.empty() ? std::string() : path.back()->id;
    // An answer that is written in a branch nobody looks at any more does not lead back to it.
    if (m.role == MessageRole::user) choose(session_key, path);
    Query(database_, "UPDATE messages SET chosen = 0 WHERE session_key = ? AND parent_key = ? AND chosen = 1", session_key, parent_key)
        .run();
    Query(database_,
          "INSERT INTO messages(id, session_key, role, content, stopped, created_at, parent_key, chosen) VALUES(?, ?, ?, ?, ?, ?, ?, 1)",
          m.id, session_key, name_of(m.role), m.content, m.stopped, m.created_at, parent_key)
        .run();
    insert_details(database_.last_insert_key(), m);
    m.siblings.clear();
    for (const MessageTree::Row& row : before.rows()) {
        if (row.parent_key == parent_key) m.siblings.push_back(row.id);
    }
    m.siblings.push_back(m.id);
}

void MessageTable::insert_details(std::int64_t key, const StoredMessage& m) {
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
}

StoredMessage MessageTable::read(std::int64_t key) {
    StoredMessage message;
    Query query(database_, "SELECT id, role, content, stopped, created_at, COALESCE(confidence, -1), summary FROM messages WHERE key = ?",
                key);
    query.step();
    message.id = query.text(0);
    message.role = parse_role(query.text(1));
    message.content = query.text(2);
    message.stopped = query.integer(3) != 0;
    message.created_at = query.text(4);
    if (query.real(5) >= 0) message.confidence = query.real(5);
    message.summary = query.text(6);
    Query cited(database_,
                "SELECT n, document_id, name, page, node_id, quote, begin_byte, end_byte FROM citations WHERE message_key = ? ORDER BY "
                "position",
                key);
    while (cited.step()) {
        message.citations.push_back({static_cast<int>(cited.integer(0)), cited.text(1), cited.text(2), static_cast<int>(cited.integer(3)),
                                     cited.text(4), cited.text(5), static_cast<std::uint32_t>(cited.integer(6)),
                                     static_cast<std::uint32_t>(cited.integer(7))});
    }
    Query said(database_,
               "SELECT begin_byte, end_byte, problem, support, n, page, page_begin, page_end FROM message_sentences WHERE message_key = ? "
               "ORDER BY position",
               key);
    while (said.step()) {
        message.sentences.push_back({static_cast<std::uint32_t>(said.integer(0)), static_cast<std::uint32_t>(said.integer(1)),
                                     support_problem(said.text(2)), said.real(3), static_cast<int>(said.integer(4)),
                                     static_cast<int>(said.integer(5)), static_cast<std::uint32_t>(said.integer(6)),
                                     static_cast<std::uint32_t>(said.integer(7))});
    }
    return message;
}

std::vector<StoredMessage> MessageTable::read(const MessageTree& tree, const std::vector<const MessageTree::Row*>& rows) {
    std::vector<StoredMessage> messages;
    messages.reserve(rows.size());
    for (const MessageTree::Row* row : rows) {
        messages.push_back(read(row->key));
        messages.back().parent_id = tree.parent_id(*row);
        messages.back().siblings = tree.siblings(*row);
    }
    return messages;
}

std::vector<StoredMessage> MessageTable::active_path(std::int64_t session_key) {
    const MessageTree whole = tree(session_key);
    return read(whole, whole.active_path());
}

std::vector<StoredMessage> MessageTable::path_to(std::int64_t session_key, const std::string& message_id) {
    const MessageTree whole = tree(session_key);
    const MessageTree::Row* const last = whole.find(message_id);
    if (last == nullptr) return {};
    return read(whole, whole.path_to(*last));
}

std::vector<StoredMessage> MessageTable::all(std::int64_t session_key) {
    const MessageTree whole = tree(session_key);
    std::vector<const MessageTree::Row*> rows;
    for (const MessageTree::Row& row : whole.rows()) rows.push_back(&row);
    return read(whole, rows);
}

bool MessageTable::choose(std::int64_t session_key, const std::string& message_id) {
    const MessageTree whole = tree(session_key);
    const MessageTree::Row* const message = whole.find(message_id);
    if (message == nullptr) return false;
    choose(session_key, whole.path_to(*message));
    return true;
}

void MessageTable::choose(std::int64_t session_key, const std::vector<const MessageTree::Row*>& path) {
    for (const MessageTree::Row* row : path) {
        if (row->chosen) continue;
        Query(database_, "UPDATE messages SET chosen = (key = ?1) WHERE session_key = ?2 AND parent_key = ?3", row->key, session_key,
              row->parent_key)
            .run();
    }
}

void MessageTable::set_summary(const std::string& message_id, const std::string& summary) {
    Query(database_, "UPDATE messages SET summary = ? WHERE id = ?", summary, message_id).run();
}

}  // namespace docmind
