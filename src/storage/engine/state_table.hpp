#pragma once
// "What else must survive the process?" Small named facts, and the files of watched folders. Each call is one statement of its own.

#include "storage/engine/database.hpp"

#include <docmind/document_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace docmind {

class StateTable {
  public:
    explicit StateTable(Database& database) : database_(database) {}

    [[nodiscard]] std::optional<std::string> find(const std::string& name);
    void set(const std::string& name, const std::string& value);
    [[nodiscard]] std::vector<WatchedFile> list_watched_files(const std::string& root);
    /// Lazily: a file that a power loss makes us forget is looked at again, and its bytes are known.
    void remember(const WatchedFile& file);
    void forget(const std::string& root, const std::string& path);

  private:
    Database& database_;
};

}  // namespace docmind
