#pragma once
// "Which documents are there, and how far is each?" The durable catalogue that is also the queue of ingestion:
// a document that is queued or processing when the process dies is queued when the next one starts.

#include <docmind/error.hpp>
#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

enum class DocumentStatus { queued, processing, ready, failed, cancelled };
enum class IngestionStage { stored, parsing, splitting, embedding, indexing, done };

[[nodiscard]] std::string_view to_string(DocumentStatus status) noexcept;
[[nodiscard]] std::string_view to_string(IngestionStage stage) noexcept;

/// What is known of one document. Times are RFC 3339 UTC.
struct DocumentRecord {
    std::string id;
    std::string name;
    std::string media_type;
    std::string sha256;  ///< of the original bytes, hex
    std::uint64_t bytes = 0;
    DocumentStatus status = DocumentStatus::queued;
    IngestionStage stage = IngestionStage::stored;
    double progress = 0;  ///< 0..1 over all stages
    int pages = 0;
    int nodes = 0;
    int attempts = 0;        ///< times a worker took it up since it was queued by a person
    std::string error_code;  ///< errc name; empty unless failed
    std::string error;       ///< a sentence for the user; empty unless failed
    std::string created_at;
};

struct DocumentPage {
    std::vector<DocumentRecord> documents;  ///< newest first
    std::optional<std::string> next_cursor;
};

class DocumentStore {
  public:
    virtual ~DocumentStore() = default;
    /// Durable when it returns. Where a document with these bytes (sha256) exists already, that one is returned instead and nothing is
    /// added.
    virtual Task<DocumentRecord> acreate(DocumentRecord record) = 0;
    /// Errors: not_found.
    virtual Task<DocumentRecord> aget(std::string id) = 0;
    virtual Task<std::optional<DocumentRecord>> afind_by_sha256(std::string sha256) = 0;
    virtual Task<DocumentPage> alist(std::size_t limit, std::string cursor) = 0;
    /// Status, stage, progress, counts and error are written; the rest stays. `expected`: only from one of these statuses, else
    /// errc::conflict.
    virtual Task<> aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) = 0;
    /// The record, its pages, nodes and vectors, in one transaction. Errors: not_found.
    virtual Task<> aremove(std::string id) = 0;
    /// Oldest queued documents first; what was processing when the last process died counts as queued again.
    virtual Task<std::vector<DocumentRecord>> arequeue_unfinished() = 0;
};

}  // namespace docmind
