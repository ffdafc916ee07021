#pragma once
// "Make this upload searchable, whatever happens." Uploads become durable documents; documents are parsed, split, embedded and
// stored in the background; what a crash interrupts goes on at the next start.
//
// The queue is the catalogue itself: a worker claims a document there, so memory does not grow with what waits. What a stage has finished
// lies in the ingestion cache, so a document that was interrupted goes on behind it.
//
// The order that makes it true: the bytes are on disk before the document is in the catalogue; the catalogue row is committed before
// the upload is acknowledged; the document becomes `ready` in the transaction that stores its passages. It knows no HTTP and no format.

#include <docmind/document_store.hpp>
#include <docmind/ingestion_cache.hpp>
#include <docmind/ingestion_pipeline.hpp>
#include <docmind/reader.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/blob_store.hpp"
#include "ingestion/byte_budget.hpp"
#include "ingestion/document_events.hpp"
#include "ingestion/kept_originals.hpp"

namespace docmind {

class IngestionRates;

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

/// How far ingestion is as a whole.
struct IngestionOverview {
    LibrarySummary library;
    bool paused = false;
    /// Documents by what is done with them now.
    std::size_t parsing = 0, splitting = 0, embedding = 0, indexing = 0;
    double progress = 1;                     ///< 0..1 of the bytes that came since the queue was last empty
    std::optional<double> seconds_left;      ///< by the rates measured on this machine; nothing before there are any
    std::optional<double> nodes_per_second;  ///< passages the model embeds
};

class IngestionService {
  public:
    struct Params {
        std::uint64_t max_upload_bytes = std::uint64_t{2} << 30;      ///< one file
        std::size_t max_name_bytes = 1024;                            ///< longer names are cut
        std::size_t documents_at_once = 8;                            ///< parsed, embedded or stored at the same time
        std::uint64_t max_bytes_in_flight = std::uint64_t{48} << 20;  ///< of the texts and word boxes of these; one larger goes alone
        std::size_t readers = 2;                                      ///< of `documents_at_once`, that many can be parsed at once
        int max_deaths = 3;    ///< ends of the process, without a stage finished in between, before a document is set aside
        int max_attempts = 8;  ///< tries while something that passes (a full disk, a model server that is away) stands in the way
        std::chrono::milliseconds first_retry{1'000};  ///< doubles with each try
        std::chrono::milliseconds longest_retry{60'000};
        std::chrono::milliseconds progress_interval{150};    ///< progress events of one document come no faster
        std::chrono::milliseconds heartbeat{10'000};         ///< leases are renewed, and jobs looked at, so often
        std::chrono::milliseconds longest_silence{900'000};  ///< without a sign of progress a document is taken up anew
    };

    /// The references outlive the service; `files` runs blocking file work; `cache` may be null. Nothing runs until start().
    IngestionService(Params params, BlobStore blobs, Reader& reader, IngestionPipeline& pipeline, DocumentStore& documents,
                     VectorStore& vectors, IngestionCache* cache, Pool& files, Executor executor);
    ~IngestionService();

    /// Takes up what an earlier process left unfinished and begins to work.
    Task<> astart();
    /// Refuses new uploads, cancels what runs (it goes on at the next start) and waits for it. Ends all event subscriptions.
    Task<> astop();

    struct UploadOptions {
        std::string media_type;  ///< as the sender said it
        std::string id;          ///< empty: a new one
        bool replace = false;    ///< a document with this id gets the bytes as its new version; else that is a conflict
        std::string source;      ///< absolute path of the file it follows: a document with this source gets the bytes as its new version
        int priority = 0;
    };
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
        Upload(IngestionService& service, std::string name, UploadOptions options);
        IngestionService& service_;
        std::string name_;
        UploadOptions options_;
        std::shared_ptr<BlobStore::Writer> writer_;
    };
    /// `name` is for display only: path parts and control characters are taken out.
    [[nodiscard]] std::unique_ptr<Upload> begin_upload(std::string name, UploadOptions options);

    /// Submits a file that is on this machine; its absolute path is the document's source, whatever the options say. An empty name: the
    /// file's. Errors: not_found, invalid_argument (no regular file), and those of Upload.
    Task<SubmittedDocument> asubmit_file(std::filesystem::path path, std::string name = "", UploadOptions options = no_options());
    [[nodiscard]] static UploadOptions no_options() { return {}; }

    /// Submits a file of the data directory's file system without copying it; the file stays. Errors: those of Upload.
    Task<SubmittedDocument> aadopt_file(CompleteFile file, std::string name, std::string media_type);

    /// These stop the work on a queued or processing document within a second; what was searchable before stays, and so does what its
    /// finished stages made. Errors: not_found, conflict.
    Task<DocumentRecord> acancel(std::string id);
    Task<DocumentRecord> apause(std::string id);
    Task<DocumentRecord> aresume(std::string id);
    /// What people see, and the file it follows. Errors: not_found, conflict (another document follows that file).
    Task<DocumentRecord> arename(std::string id, std::string name, std::string source);
    /// Higher goes first; 0 is what uploads have. Errors: not_found, invalid_argument (beyond -1000..1000).
    Task<DocumentRecord> aset_priority(std::string id, int priority);
    /// Reads, splits and embeds a document again; its old passages stay searchable until then. Errors: not_found, conflict (is being
    /// processed).
    Task<DocumentRecord> areprocess(std::string id);
    /// Nothing of the document is searchable once it returns; its bytes are removed. Errors: not_found.
    Task<> aremove(std::string id);
    /// No document is taken up, and those in work go back to the queue, until aresume_all(); also after a restart.
    Task<> apause_all();
    Task<> aresume_all();

    /// Where the original bytes lie.
    [[nodiscard]] std::filesystem::path content_path(const DocumentRecord& record) const { return blobs_.path(record.sha256); }
    /// While what it gives lives, the original bytes of every document stay that is in the catalogue now, whatever is removed.
    Task<KeptOriginals::Keep> akeep_originals();
    /// The record with the progress of the moment, which is not written to the catalogue at every step.
    [[nodiscard]] DocumentRecord with_live_progress(DocumentRecord record) const;
    Task<IngestionOverview> aoverview();
    [[nodiscard]] DocumentEvents& events() { return events_; }
    [[nodiscard]] IngestionCounters counters() const { return counters_; }
    [[nodiscard]] bool is_paused() const { return paused_; }
    [[nodiscard]] std::size_t active() const { return active_.size(); }
    /// Returns when no document is processed, and none waits that could be.
    Task<> await_idle();
    /// Returns the record once the document is ready, failed or cancelled. Errors: not_found.
    Task<DocumentRecord> await_done(std::string id);

  private:
    using Clock = std::chrono::steady_clock;

    /// Why a job ends before it is done.
    enum class Stop { cancelled, paused, set_back, shut_down };
    struct Active {
        explicit Active(Executor executor) : scope(std::move(executor)) {}
        DocumentRecord record;
        bool suspect = false;  // processes have died while they worked on it
        Clock::time_point last_event, last_sign;
        double stage_done = 0;  // 0..1
        double reading_seconds = 0;
        Event finished;            // run() has ended
        bool is_stopping = false;  // stop_job() waits for its end
        bool is_over = false;      // its worker does
        Event stopped;             // stop_job() has ended
        Scope scope;
    };

    Task<> work(bool smallest_first);
    Task<> await_work();
    Task<std::shared_ptr<Active>> claim(bool smallest_first);
    Task<> run(std::shared_ptr<Active> job);
    Task<> process(std::shared_ptr<Active> job);
    Task<Document> read(std::shared_ptr<Active> job);
    Task<> fail(std::shared_ptr<Active> job, errc code, std::string message);
    Task<> stop_all_jobs();
    Task<> settle(std::shared_ptr<Active> job, Stop why);
    Task<> stop_job(std::shared_ptr<Active> job, Stop why);
    Task<> heartbeat();
    Task<> remove_unused_blobs();
    Task<> remove_blob_if_unused(std::string sha256);
    Task<> remove_unused(std::vector<std::string> originals);
    Task<SubmittedDocument> enter(DocumentRecord record, bool replace);
    Task<SubmittedDocument> enter_new_version(DocumentRecord record, DocumentRecord existing);
    Task<DocumentRecord> requeue(std::string id);
    Task<> remove(std::string id);
    Task<> remember_rates();
    void learn(const Active& job, std::uint64_t bytes, std::uint64_t nodes);
    void learn_embedding();
    void wake_workers();
    void report(Active& job, IngestionStage stage, double done);
    void publish(const DocumentRecord& record);
    [[nodiscard]] std::shared_ptr<Active> find_active(const std::string& id) const;

    Params params_;
    BlobStore blobs_;
    Reader& reader_;
    IngestionPipeline& pipeline_;
    DocumentStore& documents_;
    VectorStore& vectors_;
    IngestionCache* cache_;
    Pool& files_;
    Executor executor_;
    const std::string owner_;  // of the leases of this process
    DocumentEvents events_;
    IngestionCounters counters_;
    std::unordered_map<std::string, std::shared_ptr<Active>> active_;
    bool may_have_work_ = true;     // a claim may find something
    std::uint64_t work_epoch_ = 0;  // one more each time that something came
    Event queue_changed_, progressed_;
    ByteBudget budget_;
    std::unique_ptr<IngestionRates> rates_;
    std::string remembered_rates_;
    std::uint64_t learnt_nodes_ = 0;
    Clock::duration learnt_busy_{};
    std::uint64_t bytes_done_ = 0;  // since the queue was last empty
    // One change of "these bytes and their catalogue row" at a time: else removing a document could take the bytes of the same
    // file that is being uploaded again.
    Limiter catalogue_change_;
    // Taking a document up, and what people do to documents, one at a time: a document is never half claimed when it is cancelled.
    Limiter taking_up_;
    KeptOriginals kept_originals_;
    bool paused_ = false;
    bool stopping_ = false;
    Scope scope_;  // the last member: the workers end before what they use
};

}  // namespace docmind
