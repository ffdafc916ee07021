#pragma once
// "Which documents are there?" The rows of the catalogue. Every function is one statement or more inside the caller's transaction.

#include "storage/engine/database.hpp"

#include <docmind/document_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class DocumentTable {
  public:
    explicit DocumentTable(Database& database) : database_(database) {}

    /// False, and nothing is added, where a row with this id or this sha256 exists.
    bool insert(const DocumentRecord& record);
    [[nodiscard]] std::optional<DocumentRecord> find(const std::string& id);
    [[nodiscard]] std::optional<DocumentRecord> find_by_sha256(const std::string& sha256);
    /// The row's key: what pages and nodes refer to.
    [[nodiscard]] std::optional<std::int64_t> key_of(const std::string& id);
    /// Newest first; `before` is the key of the last row of the page before. The last row's key is added where more follow.
    struct Listing {
        std::vector<DocumentRecord> documents;
        std::optional<std::int64_t> next;
    };
    [[nodiscard]] Listing list(std::size_t limit, std::optional<std::int64_t> before);
    /// Writes what changes in a document's life, and the media type where one is given. False where no row has this id and one of these
    /// statuses (none given: any).
    bool update(const DocumentRecord& record, const std::vector<DocumentStatus>& expected);
    /// Pages, nodes and vectors go with it; the full text does not (NodeTable::remove first).
    bool remove(const std::string& id);
    /// What was processing is queued again; all that is queued, oldest first.
    [[nodiscard]] std::vector<DocumentRecord> requeue_unfinished();

  private:
    Database& database_;
};

}  // namespace docmind
