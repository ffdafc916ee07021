#include "storage/sqlite_session_store.hpp"

#include "async/offload.hpp"
#include "storage/engine/crash_point.hpp"
#include "storage/engine/session_search.hpp"
#include "storage/engine/timestamp.hpp"
#include "storage/storage_parts.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace docmind {
namespace {

Error no_session(const std::string& id) {
    return {errc::not_found, fmt::format("There is no session {}.", id)};
}

Error no_message(const std::string& session, const std::string& id) {
    return {errc::not_found, fmt::format("There is no message {} in a session {}.", id, session)};
}

std::int64_t require_session(SessionTable& sessions, const std::string& id) {
    const std::optional<std::int64_t> key = sessions.key_of(id);
    if (!key) throw no_session(id);
    return *key;
}

/// Reads something of one conversation, all of it as it was at one moment.
template <class Read>
Task<std::vector<StoredMessage>> read_messages(StorageParts* parts, std::string session_id, Read read) {
    auto work = [parts, id = std::move(session_id), read = std::move(read)](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            const ReadTransaction transaction(reader);
            SessionTable sessions(reader);
            MessageTable messages(reader);
            return read(messages, require_session(sessions, id));
        });
    };
    co_return co_await offload(parts->reading, Priority::interactive, std::move(work));
}

}  // namespace

SqliteSessionStore::SqliteSessionStore(Params params, StorageParts& parts) : params_(params), parts_(parts) {
    if (params_.keep_removed.count() < 0) throw Error(errc::invalid_argument, "storage.removed_session_hours must not be negative.");
    Transaction transaction(parts_.database);
    parts_.sessions.purge(purge_time());
    transaction.commit();
}

std::string SqliteSessionStore::purge_time() const {
    return to_rfc3339(std::chrono::system_clock::now() - params_.keep_removed);
}

Task<SessionRecord> SqliteSessionStore::acreate_session(std::string title) {
    auto work = [parts = &parts_, title = std::move(title)](std::stop_token) {
        SessionRecord session{.id = make_id(), .title = title, .created_at = rfc3339_now()};
        session.updated_at = session.created_at;
        Transaction transaction(parts->database);
        parts->sessions.insert(session);
        crash_point("storage.session.before_commit");
        transaction.commit();
        return session;
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::pair<SessionRecord, StoredMessage>> SqliteSessionStore::abegin_session(std::string title, StoredMessage first) {
    auto work = [parts = &parts_, title = std::move(title), first = std::move(first)](std::stop_token) mutable {
        first.id = make_id();
        first.created_at = rfc3339_now();
        SessionRecord session{
            .id = make_id(), .title = title, .created_at = first.created_at, .updated_at = first.created_at, .messages = 1};
        Transaction transaction(parts->database);
        parts->sessions.insert(session);
        parts->messages.append(require_session(parts->sessions, session.id), first);
        crash_point("storage.session.before_commit");
        transaction.commit();
        return std::pair(std::move(session), std::move(first));
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<SessionRecord> SqliteSessionStore::aget_session(std::string id) {
    auto work = [parts = &parts_, id = std::move(id)](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            std::optional<SessionRecord> session = SessionTable(reader).find(id);
            if (!session) throw no_session(id);
            return std::move(*session);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<std::vector<SessionRecord>> SqliteSessionStore::alist_sessions() {
    const auto work = [parts = &parts_](std::stop_token) {
        return parts->readers.with([](Database& reader) { return SessionTable(reader).list(); });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, work);
}

Task<std::vector<SessionMatch>> SqliteSessionStore::asearch_sessions(std::string query, std::size_t limit) {
    auto work = [parts = &parts_, query = std::move(query), limit](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            const ReadTransaction transaction(reader);
            return search_sessions(reader, query, limit);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<> SqliteSessionStore::arename_session(std::string id, std::string title) {
    auto work = [parts = &parts_, id = std::move(id), title = std::move(title)](std::stop_token) {
        Transaction transaction(parts->database);
        if (!parts->sessions.rename(id, title)) throw no_session(id);
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> SqliteSessionStore::aremove_session(std::string id) {
    auto work = [this, id = std::move(id)](std::stop_token) {
        Transaction transaction(parts_.database);
        if (!parts_.sessions.remove(id, rfc3339_now())) throw no_session(id);
        parts_.sessions.purge(purge_time());
        crash_point("storage.session.before_removal");
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<SessionRecord> SqliteSessionStore::arestore_session(std::string id) {
    auto work = [this, id = std::move(id)](std::stop_token) {
        Transaction transaction(parts_.database);
        parts_.sessions.purge(purge_time());
        if (!parts_.sessions.restore(id)) throw Error(errc::not_found, fmt::format("There is no removed session {}.", id));
        std::optional<SessionRecord> session = parts_.sessions.find(id);
        transaction.commit();
        return std::move(*session);
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<StoredMessage> SqliteSessionStore::aappend_message(std::string session_id, StoredMessage message) {
    auto work = [this, id = std::move(session_id), message = std::move(message)](std::stop_token) mutable {
        message.id = make_id();
        message.created_at = rfc3339_now();
        Transaction transaction(parts_.database);
        const std::optional<std::int64_t> session = parts_.sessions.touch(id, message.created_at);
        if (!session) throw no_session(id);
        parts_.messages.append(*session, message);
        parts_.sessions.purge(purge_time());
        crash_point("storage.message.before_commit");
        transaction.commit();
        crash_point("storage.message.after_commit");
        return std::move(message);
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::vector<StoredMessage>> SqliteSessionStore::aget_messages(std::string session_id) {
    const auto read = [](MessageTable& messages, std::int64_t session) { return messages.active_path(session); };
    co_return co_await read_messages(&parts_, std::move(session_id), read);
}

Task<std::vector<StoredMessage>> SqliteSessionStore::aget_path(std::string session_id, std::string message_id) {
    const auto read = [session_id, message_id](MessageTable& messages, std::int64_t session) {
        std::vector<StoredMessage> path = messages.path_to(session, message_id);
        if (path.empty()) throw no_message(session_id, message_id);
        return path;
    };
    co_return co_await read_messages(&parts_, session_id, read);
}

Task<std::vector<StoredMessage>> SqliteSessionStore::aget_all_messages(std::string session_id) {
    const auto read = [](MessageTable& messages, std::int64_t session) { return messages.all(session); };
    co_return co_await read_messages(&parts_, std::move(session_id), read);
}

Task<> SqliteSessionStore::achoose_branch(std::string session_id, std::string message_id) {
    auto work = [parts = &parts_, id = std::move(session_id), message = std::move(message_id)](std::stop_token) {
        Transaction transaction(parts->database);
        if (!parts->messages.choose(require_session(parts->sessions, id), message)) throw no_message(id, message);
        crash_point("storage.branch.before_commit");
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> SqliteSessionStore::aset_summary(std::string message_id, std::string summary) {
    auto work = [parts = &parts_, id = std::move(message_id), summary = std::move(summary)](std::stop_token) {
        Transaction transaction(parts->database);
        parts->messages.set_summary(id, summary);
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

}  // namespace docmind
