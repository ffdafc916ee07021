#pragma once
// "Which conversations are there?" One that was removed is kept for a while, and only restore() and purge() see it.

#include "storage/engine/database.hpp"

#include <docmind/memory.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class SessionTable {
  public:
    explicit SessionTable(Database& database) : database_(database) {}

    void insert(const SessionRecord& session);
    [[nodiscard]] std::optional<SessionRecord> find(const std::string& id);
    [[nodiscard]] std::optional<std::int64_t> key_of(const std::string& id);
    /// The one that was written to last comes first.
    [[nodiscard]] std::vector<SessionRecord> list();
    bool rename(const std::string& id, const std::string& title);
    /// Its last change was at `time`. The key of the session, removed or not: an answer to it may end after it was removed.
    [[nodiscard]] std::optional<std::int64_t> touch(const std::string& id, const std::string& time);
    bool remove(const std::string& id, const std::string& time);
    bool restore(const std::string& id);
    /// Deletes what was removed before `time`, with all messages.
    void purge(const std::string& time);

  private:
    Database& database_;
};

}  // namespace docmind
