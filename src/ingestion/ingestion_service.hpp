#pragma once
// "Make this upload searchable, whatever happens." Uploads become durable documents; documents are parsed, split, embedded and
// stored in the background; what a crash interrupts goes on at the next start.
//
// The order that makes it true: the bytes are on disk before the document is in the catalogue; the catalogue row is committed before
// the upload is acknowledged; the document becomes `ready` in the transaction that stores its passages. It knows no HTTP and no format.

#include <docmind/document_store.hpp>
#include <docmind/ingestion_pipeline.hpp>
#include <docmind/reader.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/blob_store.hpp"
#include "ingestion/document_events.hpp"

namespace docmind {

struct SubmittedDocument {
    DocumentRecord record;
    bool duplicate = false;  ///< a document with these bytes was there already; `record` is that one
};

/// A file that is on disk and flushed.
struct CompleteFile {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::string sha256;  ///< hex
};

struct IngestionCounters {
    std::uint64_t submitted = 0, duplicates = 0, ready = 0, failed = 0, cancelled = 0;
};

class IngestionService {
  public:
    struct Params {
        std::uint64_t max_upload_bytes = std::uint64_t{2} << 30;  ///< one file
        std::size_t max_name_bytes = 1024;                        ///< longer names are cut
        std::size_t documents_at_once = 3;                        ///< parsed, embedded or stored at the same time
        int max_attempts = 3;  ///< starts that ended with the death of the process, before a document is set aside
        std::chrono::milliseconds progress_interval{150};  ///< progress events of one document come no faster
    };

    /// The references outlive the service; `files` runs blocking file work. Nothing runs until start().
    IngestionService(Params params, BlobStore blobs, Reader& reader, IngestionPipeline& pipeline, DocumentStore& documents,
                     VectorStore& vectors, Pool& files, Executor executor);

    /// Takes up what an earlier process left unfinished and begins to work.
    Task<> astart();
    /// Refuses new uploads, cancels what runs (it goes on at the next start) and waits for it. Ends all event subscriptions.
    Task<> astop();

    /// One upload, streamed to disk chunk by chunk. Dropping it unfinished removes what was written.
    class Upload {
      public:
        /// Errors: too_large, storage, storage_full.
        Task<> awrite(std::string chunk);
        /// Durable when it returns; processing begins. Errors: empty_document (zero bytes), storage, storage_full, conflict (stopping; id
        /// in use).
        Task<SubmittedDocument> afinish();

      private:
        friend class IngestionService;
        Upload(IngestionService& service, std::string id, std::string name, std::string media_type);
        IngestionService& service_;
        std::string id_, name_, media_type_;
        std::shared_ptr<BlobStore::Writer> writer_;
    };
    /// `name` is for display only: path parts and control characters are taken out. An empty `id` gets a new one.
    [[nodiscard]] std::unique_ptr<Upload> begin_upload(std::string name, std::string media_type, std::string id = "");

    /// Submits a file that is on this machine. Errors: not_found, and those of Upload.
    Task<SubmittedDocument> asubmit_file(std::filesystem::path path, std::string name = "");

    /// Submits a file of the data directory's file system without copying it; the file stays. Errors: those of Upload.
    Task<SubmittedDocument> aadopt_file(CompleteFile file, std::string name, std::string media_type);

    /// Stops the work on a queued or processing document within a second; what was searchable before stays. Errors: not_found, conflict.
    Task<DocumentRecord> acancel(std::string id);
    /// Reads, splits and embeds a document again; its old passages stay searchable until then. Errors: not_found, conflict (is being
    /// processed).
    Task<DocumentRecord> areprocess(std::string id);
    /// Nothing of the document is searchable once it returns; its bytes are removed. Errors: not_found.
    Task<> aremove(std::string id);

    /// Where the original bytes lie.
    [[nodiscard]] std::filesystem::path content_path(const DocumentRecord& record) const { return blobs_.path(record.sha256); }
    /// The record with the progress of the moment, which is not written to the catalogue at every step.
    [[nodiscard]] DocumentRecord with_live_progress(DocumentRecord record) const;
    [[nodiscard]] DocumentEvents& events() { return events_; }
    [[nodiscard]] IngestionCounters counters() const { return counters_; }
    [[nodiscard]] std::size_t queued() const { return queue_.size(); }
    [[nodiscard]] std::size_t active() const { return active_.size(); }
    /// Returns when no document is queued or processed.
    Task<> await_idle();
    /// Returns the record once the document is ready, failed or cancelled. Errors: not_found.
    Task<DocumentRecord> await_done(std::string id);

  private:
    struct Active {
        Active(Executor executor) : scope(std::move(executor)) {}
        DocumentRecord record;
        bool cancelled = false;  // by a person
        std::chrono::steady_clock::time_point last_event;
        Event finished;
        Scope scope;
    };

    Task<> work();
    Task<> run(std::shared_ptr<Active> job);
    Task<> process(std::shared_ptr<Active> job);
    Task<> fail(std::shared_ptr<Active> job, errc code, std::string message);
    void enqueue(const DocumentRecord& record);
    bool unqueue(const std::string& id);
    void report(Active& job, IngestionStage stage, double done);
    void publish(const DocumentRecord& record);
    Task<> stop_job(std::shared_ptr<Active> job);

    Params params_;
    BlobStore blobs_;
    Reader& reader_;
    IngestionPipeline& pipeline_;
    DocumentStore& documents_;
    VectorStore& vectors_;
    Pool& files_;
    Executor executor_;
    DocumentEvents events_;
    IngestionCounters counters_;
    std::deque<std::string> queue_;
    std::unordered_set<std::string> waiting_;  // the ids in queue_
    std::unordered_map<std::string, std::shared_ptr<Active>> active_;
    Event queue_changed_, progressed_;
    // One change of "these bytes and their catalogue row" at a time: else removing a document could take the bytes of the same
    // file that is being uploaded again.
    Limiter catalogue_change_;
    bool stopping_ = false;
    Scope scope_;  // the last member: the workers end before what they use
};

}  // namespace docmind
