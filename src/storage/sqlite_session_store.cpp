#include "storage/sqlite_session_store.hpp"

#include "async/offload.hpp"
#include "storage/engine/crash_point.hpp"
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

}  // namespace

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

Task<SessionRecord> SqliteSessionStore::abegin_session(std::string title, StoredMessage first) {
    auto work = [parts = &parts_, title = std::move(title), first = std::move(first)](std::stop_token) mutable {
        first.id = make_id();
        first.created_at = rfc3339_now();
        SessionRecord session{
            .id = make_id(), .title = title, .created_at = first.created_at, .updated_at = first.created_at, .messages = 1};
        Transaction transaction(parts->database);
        parts->sessions.insert(session);
        parts->sessions.append(session.id, first);
        crash_point("storage.session.before_commit");
        transaction.commit();
        return session;
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

Task<> SqliteSessionStore::arename_session(std::string id, std::string title) {
    auto work = [parts = &parts_, id = std::move(id), title = std::move(title)](std::stop_token) {
        Transaction transaction(parts->database);
        if (!parts->sessions.rename(id, title)) throw no_session(id);
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> SqliteSessionStore::aremove_session(std::string id) {
    auto work = [parts = &parts_, id = std::move(id)](std::stop_token) {
        Transaction transaction(parts->database);
        if (!parts->sessions.remove(id)) throw no_session(id);
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<StoredMessage> SqliteSessionStore::aappend_message(std::string session_id, StoredMessage message) {
    auto work = [parts = &parts_, id = std::move(session_id), message = std::move(message)](std::stop_token) mutable {
        message.id = make_id();
        message.created_at = rfc3339_now();
        Transaction transaction(parts->database);
        if (!parts->sessions.append(id, message)) throw no_session(id);
        crash_point("storage.message.before_commit");
        transaction.commit();
        crash_point("storage.message.after_commit");
        return std::move(message);
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::vector<StoredMessage>> SqliteSessionStore::aget_messages(std::string session_id) {
    auto work = [parts = &parts_, id = std::move(session_id)](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            const ReadTransaction transaction(reader);
            SessionTable sessions(reader);
            if (!sessions.find(id)) throw no_session(id);
            return sessions.messages(id);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<> SqliteSessionStore::atruncate_from(std::string session_id, std::string message_id) {
    auto work = [parts = &parts_, session = std::move(session_id), message = std::move(message_id)](std::stop_token) {
        Transaction transaction(parts->database);
        if (!parts->sessions.truncate_from(session, message)) {
            throw Error(errc::not_found, fmt::format("There is no message {} in a session {}.", message, session));
        }
        crash_point("storage.truncate.before_commit");
        transaction.commit();
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

}  // namespace docmind
