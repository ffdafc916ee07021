#pragma once
// A watched folder's files as documents of this library.

#include <docmind/document_store.hpp>

#include "async/pool.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/watch_target.hpp"

namespace docmind {

/// A document belongs to a watched file whose path is its source. Others (a person's upload of the same bytes) are never changed or
/// removed. What people upload goes before what folders bring.
class LibraryWatchTarget final : public WatchTarget {
  public:
    /// The references outlive it; `files` looks at the file system.
    LibraryWatchTarget(IngestionService& ingestion, DocumentStore& documents, Pool& files)
        : ingestion_(ingestion), documents_(documents), files_(files) {}

    Task<std::string> aput(std::filesystem::path path, std::optional<std::string> previous) override;
    Task<> aremove(std::string document_id) override;
    Task<> arename(std::string document_id, std::filesystem::path path) override;
    Task<std::vector<WatchedFile>> alist(std::string root) override;
    Task<> aremember(WatchedFile file) override;
    Task<> aforget(std::string root, std::string path) override;

  private:
    Task<bool> exists(std::string path);

    IngestionService& ingestion_;
    DocumentStore& documents_;
    Pool& files_;
};

/// The document once it is ready. Throws what it failed of; invalid_argument where a person cancelled it.
[[nodiscard]] std::string ready_id(const DocumentRecord& record);

}  // namespace docmind
