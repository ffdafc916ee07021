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

/// The ending of a file's name in small letters (pdf), empty where it is none: tells documents of unlike cost apart before they are read.
[[nodiscard]] std::string file_kind(std::string_view name);

/// What is known of one document. Times are RFC 3339 UTC, where nothing else is said.
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
    std::string error_code;  ///< errc name; empty unless it failed, or waits to be tried again
    std::string error;       ///< a sentence for the user; empty likewise
    std::string created_at;
    int priority = 0;             ///< higher goes first; people's uploads are 0, watched folders below
    bool paused = false;          ///< stays queued until somebody resumes it
    std::int64_t not_before = 0;  ///< queued, but not taken up before this Unix time in ms (back-off)
    int deaths = 0;               ///< processes that ended while they worked on it, since its last finished stage
    std::string source;           ///< absolute path of the file it follows; empty for uploads
    /// The bytes that replace those of `sha256` once they are searchable; empty and 0 where no new version is under way.
    std::string next_sha256;
    std::uint64_t next_bytes = 0;
    Metadata metadata;  ///< title, author, created, ... as the reader found them
};

struct DocumentPage {
    std::vector<DocumentRecord> documents;  ///< newest first
    std::optional<std::string> next_cursor;
};

/// Which queued document a worker takes.
struct DocumentClaim {
    std::string owner;            ///< the process that takes it: its lease is void once that process has ended
    std::int64_t now = 0;         ///< Unix time in ms
    bool smallest_first = false;  ///< else the oldest; the highest priority in both cases
    bool allow_suspects = true;   ///< documents that processes died of
};

/// What lies in the catalogue, by status.
struct LibrarySummary {
    struct Kind {
        std::string kind;  ///< the file name's ending in small letters
        std::uint64_t documents = 0, bytes = 0;
    };
    std::uint64_t queued = 0, paused = 0, processing = 0, ready = 0, failed = 0, cancelled = 0;
    std::vector<Kind> waiting;  ///< queued and not paused
};

/// One file of a watched folder, as it was when it was last looked at. The key is (root, path).
struct WatchedFile {
    std::string root;  ///< of the watched folder, absolute
    std::string path;  ///< absolute; bytes as the file system has them, not always UTF-8
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::string document_id;  ///< empty: this version could not be read and is not tried again
};

class DocumentStore {
  public:
    virtual ~DocumentStore() = default;
    /// Durable when it returns. Where a document with these bytes (sha256) exists already, that one is returned instead and nothing is
    /// added.
    virtual Task<DocumentRecord> acreate(DocumentRecord record) = 0;
    /// Errors: not_found.
    virtual Task<DocumentRecord> aget(std::string id) = 0;
    virtual Task<std::optional<DocumentRecord>> afind(std::string id) = 0;
    virtual Task<std::optional<DocumentRecord>> afind_by_sha256(std::string sha256) = 0;
    virtual Task<std::optional<DocumentRecord>> afind_by_source(std::string source) = 0;
    virtual Task<DocumentPage> alist(std::size_t limit, std::string cursor) = 0;
    virtual Task<LibrarySummary> asummary() = 0;
    /// What changes in a document's life is written: not its id, bytes, source and time of creation. `expected`: only from one of these
    /// statuses, else errc::conflict.
    virtual Task<> aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) = 0;
    /// Queues the document with new bytes (next_sha256, next_bytes), name and source; what it has stays searchable until those are.
    /// Errors: not_found, conflict (another document has these bytes; it is being processed).
    virtual Task<DocumentRecord> areplace(DocumentRecord record) = 0;
    /// Another name, and the path of the file it follows from now on (empty: none). Errors: not_found, conflict (another document follows
    /// this path).
    virtual Task<> arename(std::string id, std::string name, std::string source) = 0;
    /// The record, its pages, nodes and vectors, in one transaction. Errors: not_found.
    virtual Task<> aremove(std::string id) = 0;

    /// Takes a document that is queued, due and not paused: it is processing, one attempt more, and leased to the owner.
    virtual Task<std::optional<DocumentRecord>> aclaim(DocumentClaim claim) = 0;
    /// When the next document that waits for its time is due, Unix time in ms.
    virtual Task<std::optional<std::int64_t>> anext_due() = 0;
    /// Says that the owner still works on what it has leased.
    virtual Task<> arenew_leases(std::string owner) = 0;
    /// What was processing when the last process died is queued again, one death more. How many these are.
    virtual Task<int> arequeue_unfinished() = 0;

    /// Small facts that survive the process: whether ingestion is paused, measured rates.
    virtual Task<std::optional<std::string>> aget_state(std::string name) = 0;
    virtual Task<> aset_state(std::string name, std::string value) = 0;

    virtual Task<std::vector<WatchedFile>> alist_watched_files(std::string root) = 0;
    virtual Task<> aremember_watched_file(WatchedFile file) = 0;
    virtual Task<> aforget_watched_file(std::string root, std::string path) = 0;
};

}  // namespace docmind
