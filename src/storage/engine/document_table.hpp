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
    /// The document that has these bytes, or will have them.
    [[nodiscard]] std::optional<DocumentRecord> find_by_sha256(const std::string& sha256);
    [[nodiscard]] std::optional<DocumentRecord> find_by_source(const std::string& source);
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
    /// Queues the row with its next bytes. False where it is being processed or another row has these bytes or this source.
    bool replace(const DocumentRecord& record);
    /// False where there is no such row, or another has this source.
    bool rename(const std::string& id, const std::string& name, const std::string& source);
    /// The next bytes, where there are any, are the row's bytes from now on.
    void finish_replacing(const std::string& id);
    void set_metadata(std::int64_t key, const Metadata& metadata);
    /// As DocumentStore::aclaim.
    [[nodiscard]] std::optional<DocumentRecord> claim(const DocumentClaim& claim, const std::string& leased_at);
    [[nodiscard]] std::optional<std::int64_t> next_due();
    void renew_leases(const std::string& owner, const std::string& leased_at);
    [[nodiscard]] LibrarySummary summary();
    /// What was processing is queued again, one death more; how many.
    int requeue_unfinished();

  private:
    Database& database_;
};

}  // namespace docmind
