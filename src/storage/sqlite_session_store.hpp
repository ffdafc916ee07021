#pragma once
// "What was said before?" answered from SQLite.

#include <docmind/memory.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

struct StorageParts;

class SqliteSessionStore final : public SessionStore {
  public:
    struct Params {
        std::chrono::seconds keep_removed = std::chrono::hours(24);  ///< then one that was removed goes with the next write; not negative
    };
    /// Deletes what was removed long enough ago. Errors: invalid_argument, storage.
    SqliteSessionStore(Params params, StorageParts& parts);

    Task<SessionRecord> acreate_session(std::string title) override;
    Task<std::pair<SessionRecord, StoredMessage>> abegin_session(std::string title, StoredMessage first) override;
    Task<SessionRecord> aget_session(std::string id) override;
    /// The one that was written to last comes first.
    Task<std::vector<SessionRecord>> alist_sessions() override;
    Task<std::vector<SessionMatch>> asearch_sessions(std::string query, std::size_t limit) override;
    /// Errors: not_found.
    Task<> arename_session(std::string id, std::string title) override;
    Task<> aremove_session(std::string id) override;
    Task<SessionRecord> arestore_session(std::string id) override;
    /// Also to a conversation that was removed meanwhile: who restores it finds the answer.
    Task<StoredMessage> aappend_message(std::string session_id, StoredMessage message) override;
    Task<std::vector<StoredMessage>> aget_messages(std::string session_id) override;
    Task<std::vector<StoredMessage>> aget_path(std::string session_id, std::string message_id) override;
    Task<std::vector<StoredMessage>> aget_all_messages(std::string session_id) override;
    Task<> achoose_branch(std::string session_id, std::string message_id) override;
    Task<> aset_summary(std::string message_id, std::string summary) override;

  private:
    /// Everything removed until then is deleted.
    [[nodiscard]] std::string purge_time() const;

    Params params_;
    StorageParts& parts_;
};

}  // namespace docmind
