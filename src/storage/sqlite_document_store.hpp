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
    Task<std::optional<DocumentRecord>> afind_by_sha256(std::string sha256) override;
    /// A page starts after the last document of the page before, whatever was added or removed meanwhile. `limit` is cut to 1 .. 1000.
    /// Errors: invalid_argument (not a cursor that a page gave).
    Task<DocumentPage> alist(std::size_t limit, std::string cursor) override;
    /// Errors also: not_found. The media type is written where one is given.
    Task<> aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) override;
    Task<> aremove(std::string id) override;
    Task<std::vector<DocumentRecord>> arequeue_unfinished() override;

  private:
    StorageParts& parts_;
};

}  // namespace docmind
