#pragma once
// "What was said?" Conversations, their messages and the citations of each.

#include "storage/engine/database.hpp"

#include <docmind/memory.hpp>

#include <optional>
#include <string>
#include <vector>

namespace docmind {

class SessionTable {
  public:
    explicit SessionTable(Database& database) : database_(database) {}

    void insert(const SessionRecord& session);
    [[nodiscard]] std::optional<SessionRecord> find(const std::string& id);
    /// The one that was written to last comes first.
    [[nodiscard]] std::vector<SessionRecord> list();
    bool rename(const std::string& id, const std::string& title);
    bool remove(const std::string& id);
    /// False where the session is not there.
    bool append(const std::string& session_id, const StoredMessage& message);
    [[nodiscard]] std::vector<StoredMessage> messages(const std::string& session_id);
    /// Removes the message and all after it; false where the session has no such message.
    bool truncate_from(const std::string& session_id, const std::string& message_id);

  private:
    Database& database_;
};

}  // namespace docmind
