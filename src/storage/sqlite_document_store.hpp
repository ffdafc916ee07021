#pragma once
// "Which documents are there?" answered from SQLite.

#include <docmind/document_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace docmind {

struct StorageParts;

class SqliteDocumentStore final : public DocumentStore {
  public:
    explicit SqliteDocumentStore(StorageParts& parts) : parts_(parts) {}

    /// An empty id or created_at is given. A record without sha256 is like no other. Errors: conflict (the id is in use).
    Task<DocumentRecord> acreate(DocumentRecord record) override;
    Task<DocumentRecord> aget(std::string id) override;
    Task<std::optional<DocumentRecord>> afind(std::string id) override;
    Task<std::optional<DocumentRecord>> afind_by_sha256(std::string sha256) override;
    /// A page starts after the last document of the page before, whatever was added or removed meanwhile. `limit` is cut to 1 .. 1000.
    /// Errors: invalid_argument (not a cursor that a page gave).
    Task<DocumentPage> alist(std::size_t limit, std::string cursor) override;
    /// Errors also: not_found. The media type is written where one is given.
    Task<> aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) override;
    Task<> aremove(std::string id) override;
    Task<std::optional<DocumentRecord>> afind_by_source(std::string source) override;
    Task<LibrarySummary> asummary() override;
    Task<DocumentRecord> areplace(DocumentRecord record) override;
    Task<> arename(std::string id, std::string name, std::string source) override;
    Task<std::optional<DocumentRecord>> aclaim(DocumentClaim claim) override;
    Task<std::optional<std::int64_t>> anext_due() override;
    Task<> arenew_leases(std::string owner) override;
    Task<int> arequeue_unfinished() override;
    Task<std::optional<std::string>> aget_state(std::string name) override;
    Task<> aset_state(std::string name, std::string value) override;
    Task<std::vector<WatchedFile>> alist_watched_files(std::string root) override;
    Task<> aremember_watched_file(WatchedFile file) override;
    Task<> aforget_watched_file(std::string root, std::string path) override;

  private:
    StorageParts& parts_;
};

}  // namespace docmind
