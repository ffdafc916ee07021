#pragma once
// "What was said before?" answered from SQLite.

#include <docmind/memory.hpp>

#include <string>
#include <vector>

namespace docmind {

struct StorageParts;

class SqliteSessionStore final : public SessionStore {
  public:
    explicit SqliteSessionStore(StorageParts& parts) : parts_(parts) {}

    Task<SessionRecord> acreate_session(std::string title) override;
    Task<SessionRecord> abegin_session(std::string title, StoredMessage first) override;
    Task<SessionRecord> aget_session(std::string id) override;
    /// The one that was written to last comes first.
    Task<std::vector<SessionRecord>> alist_sessions() override;
    /// Errors: not_found.
    Task<> arename_session(std::string id, std::string title) override;
    /// Errors: not_found.
    Task<> aremove_session(std::string id) override;
    Task<StoredMessage> aappend_message(std::string session_id, StoredMessage message) override;
    /// Errors: not_found (the session).
    Task<std::vector<StoredMessage>> aget_messages(std::string session_id) override;
    Task<> atruncate_from(std::string session_id, std::string message_id) override;

  private:
    StorageParts& parts_;
};

}  // namespace docmind
