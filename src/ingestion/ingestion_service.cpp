#include "ingestion/ingestion_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "async/offload.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

using std::chrono::steady_clock;

/// How far a document is, over all stages. Embedding is nearly all of the time.
double overall(IngestionStage stage, double done) {
    switch (stage) {
        case IngestionStage::stored: return 0;
        case IngestionStage::parsing: return 0.10 * done;
        case IngestionStage::splitting: return 0.10 + 0.05 * done;
        case IngestionStage::embedding: return 0.15 + 0.80 * done;
        case IngestionStage::indexing: return 0.95 + 0.05 * done;
        case IngestionStage::done: return 1;
    }
    return 0;
}

IngestionStage stage_named(std::string_view name) {
    if (name == "splitting") return IngestionStage::splitting;
    if (name == "embedding") return IngestionStage::embedding;
    return IngestionStage::indexing;
}

bool is_final(DocumentStatus status) {
    return status != DocumentStatus::queued && status != DocumentStatus::processing;
}

/// Sets the event when it goes, on every way out.
struct SetOnExit {
    Event& event;
    ~SetOnExit() { event.set(); }
};

}  // namespace

IngestionService::IngestionService(Params params, BlobStore blobs, Reader& reader, IngestionPipeline& pipeline, DocumentStore& documents,
                                   VectorStore& vectors, Pool& files, Executor executor)
    : params_(params),
      blobs_(std::move(blobs)),
      reader_(reader),
      pipeline_(pipeline),
      documents_(documents),
      vectors_(vectors),
      files_(files),
      executor_(executor),
      catalogue_change_({.permits = 1, .max_waiting = 1024}),
      scope_(executor, [](const std::exception_ptr& error) {
          try {
              std::rethrow_exception(error);
          } catch (const std::exception& e) {
              spdlog::error("an ingestion worker ended: {}", e.what());
          }
      }) {}

Task<> IngestionService::astart() {
    const std::vector<DocumentRecord> unfinished = co_await documents_.arequeue_unfinished();
    if (!unfinished.empty()) spdlog::info("{} documents go on where the last run ended", unfinished.size());
    for (const DocumentRecord& record : unfinished) enqueue(record);
    for (std::size_t i = 0; i < params_.documents_at_once; ++i) scope_.spawn(work());
}

Task<> IngestionService::astop() {
    stopping_ = true;
    events_.close();
    queue_.clear();
    waiting_.clear();
    queue_changed_.set();
    std::vector<std::shared_ptr<Active>> jobs;
    for (const auto& [id, job] : active_) jobs.push_back(job);
    for (const auto& job : jobs) co_await stop_job(job);
    co_await scope_.close(std::chrono::seconds(5));
}

void IngestionService::publish(const DocumentRecord& record) {
    events_.publish(record);
    progressed_.set();
    progressed_.reset();
}

void IngestionService::enqueue(const DocumentRecord& record) {
    // A document that came before the start is in the catalogue and in the queue already.
    if (!waiting_.insert(record.id).second) return;
    queue_.push_back(record.id);
    queue_changed_.set();
}

bool IngestionService::unqueue(const std::string& id) {
    return waiting_.erase(id) > 0 && std::erase(queue_, id) > 0;
}

DocumentRecord IngestionService::with_live_progress(DocumentRecord record) const {
    const auto found = active_.find(record.id);
    if (found == active_.end() || is_final(record.status)) return record;
    record.status = found->second->record.status;
    record.stage = found->second->record.stage;
    record.progress = found->second->record.progress;
    record.pages = found->second->record.pages;
    return record;
}

Task<> IngestionService::work() {
    while (!stopping_) {
        if (queue_.empty()) {
            queue_changed_.reset();
            co_await queue_changed_.wait();
            continue;
        }
        const auto job = std::make_shared<Active>(executor_);
        job->record.id = std::move(queue_.front());
        queue_.pop_front();
        waiting_.erase(job->record.id);
        active_.emplace(job->record.id, job);
        job->scope.spawn(run(job));
        co_await job->finished.wait();
        co_await job->scope.close(steady_clock::duration::zero());
        active_.erase(job->record.id);
        progressed_.set();
        progressed_.reset();
    }
}

Task<> IngestionService::run(std::shared_ptr<Active> job) {
    const SetOnExit done{job->finished};
    errc code{};
    std::optional<std::string> problem;
    try {
        co_await process(job);
    } catch (const Error& error) {
        code = error.code();
        problem = error.what();
    } catch (const std::bad_alloc&) {
        code = errc::internal;
        problem = "There was not enough memory for this document.";
    }
    if (problem) co_await fail(job, code, std::move(*problem));
}

Task<> IngestionService::process(std::shared_ptr<Active> job) {
    DocumentRecord record = co_await documents_.aget(job->record.id);
    if (record.status != DocumentStatus::queued) co_return;
    if (record.attempts >= params_.max_attempts) {
        throw Error(errc::internal,
                    "DocMind stopped several times while it worked on this document, so it was set aside. Reprocess it to try again.");
    }
    record.attempts += 1;
    record.status = DocumentStatus::processing;
    record.stage = IngestionStage::parsing;
    record.progress = 0;
    record.error.clear();
    record.error_code.clear();
    job->record = record;
    co_await documents_.aupdate(record, {DocumentStatus::queued});
    publish(record);

    SourceFile source{.path = blobs_.path(record.sha256), .name = record.name, .media_type = record.media_type};
    Document document = co_await reader_.aload(std::move(source));
    document.id = record.id;
    document.name = record.name;
    job->record.media_type = document.media_type;
    job->record.pages = static_cast<int>(document.pages.size());
    report(*job, IngestionStage::splitting, 0);

    std::vector<Document> documents;
    documents.push_back(std::move(document));
    auto progress = [this, job](const Document&, std::string_view stage, double done) { report(*job, stage_named(stage), done); };
    co_await pipeline_.arun(std::move(documents), std::move(progress));

    DocumentRecord ready = co_await documents_.aget(record.id);
    job->record = ready;
    ++counters_.ready;
    publish(ready);
}

Task<> IngestionService::fail(std::shared_ptr<Active> job, errc code, std::string message) {
    DocumentRecord record = job->record;
    record.status = DocumentStatus::failed;
    record.error_code = to_string(code);
    record.error = std::move(message);
    spdlog::warn("document {} failed at {}: {}", record.id, to_string(record.stage), record.error_code);
    bool written = true;
    try {
        co_await documents_.aupdate(record, {DocumentStatus::queued, DocumentStatus::processing});
    } catch (const Error& error) {
        // Removed or cancelled meanwhile, or the store cannot be written: the next start takes the document up again.
        spdlog::warn("the failure of document {} could not be recorded: {}", record.id, error.what());
        written = false;
    }
    if (!written) co_return;
    job->record = record;
    ++counters_.failed;
    publish(record);
}

void IngestionService::report(Active& job, IngestionStage stage, double done) {
    const bool stage_changed = job.record.stage != stage;
    job.record.stage = stage;
    job.record.progress = std::max(job.record.progress, overall(stage, done));
    const auto now = steady_clock::now();
    if (!stage_changed && now - job.last_event < params_.progress_interval) return;
    job.last_event = now;
    events_.publish(job.record);
}

Task<> IngestionService::stop_job(std::shared_ptr<Active> job) {
    co_await job->scope.close(steady_clock::duration::zero());
    DocumentRecord record = co_await documents_.aget(job->record.id);
    // A job that was stopped before it could claim its document left it queued.
    if (is_final(record.status) || (record.status == DocumentStatus::queued && !job->cancelled)) co_return;
    if (job->cancelled) {
        record.status = DocumentStatus::cancelled;
    } else {
        record.status = DocumentStatus::queued;  // this stop was no fault of the document
        record.stage = IngestionStage::stored;
        record.attempts -= 1;
    }
    co_await documents_.aupdate(record, {DocumentStatus::queued, DocumentStatus::processing});
    job->record = record;
    if (job->cancelled) ++counters_.cancelled;
    publish(record);
}

Task<DocumentRecord> IngestionService::acancel(std::string id) {
    DocumentRecord record = co_await documents_.aget(id);
    if (is_final(record.status)) throw Error(errc::conflict, "This document is not being processed, so there is nothing to cancel.");
    unqueue(id);
    if (const auto found = active_.find(id); found != active_.end()) {
        const std::shared_ptr<Active> job = found->second;
        job->cancelled = true;
        co_await stop_job(job);
    } else {
        record.status = DocumentStatus::cancelled;
        co_await documents_.aupdate(record, {DocumentStatus::queued, DocumentStatus::processing});
        ++counters_.cancelled;
        publish(record);
    }
    co_return co_await documents_.aget(id);
}

Task<DocumentRecord> IngestionService::areprocess(std::string id) {
    DocumentRecord record = co_await documents_.aget(id);
    if (!is_final(record.status) || active_.contains(id)) throw Error(errc::conflict, "This document is being processed already.");
    if (record.sha256.empty())
        throw Error(errc::conflict, "This document was given as text and has no file to read again: ingest it anew.");
    record.status = DocumentStatus::queued;
    record.stage = IngestionStage::stored;
    record.progress = 0;
    record.attempts = 0;
    record.error.clear();
    record.error_code.clear();
    co_await documents_.aupdate(record, {DocumentStatus::ready, DocumentStatus::failed, DocumentStatus::cancelled});
    enqueue(record);
    publish(record);
    co_return record;
}

Task<> IngestionService::aremove(std::string id) {
    const DocumentRecord record = co_await documents_.aget(id);
    unqueue(id);
    if (const auto found = active_.find(id); found != active_.end()) {
        const std::shared_ptr<Active> job = found->second;
        job->cancelled = true;
        co_await stop_job(job);
    }
    const Permit permit = co_await catalogue_change_.acquire();
    co_await documents_.aremove(id);
    events_.publish_removed(id);
    progressed_.set();
    progressed_.reset();
    if (!record.sha256.empty()) {
        co_await offload(files_, Priority::interactive,
                         [blobs = blobs_, sha256 = record.sha256](std::stop_token) { blobs.remove(sha256); });
    }
}

Task<> IngestionService::await_idle() {
    while (!queue_.empty() || !active_.empty()) co_await progressed_.wait();
}

Task<DocumentRecord> IngestionService::await_done(std::string id) {
    for (;;) {
        // Listening starts before the look: a change between the two is not missed.
        DocumentEvents::Subscription changes = events_.subscribe();
        DocumentRecord record = co_await documents_.aget(id);
        if (is_final(record.status) && !active_.contains(id)) co_return record;
        if (is_final(record.status)) {
            co_await progressed_.wait();
            continue;
        }
        const std::optional<DocumentEvent> change = co_await changes.next();
        if (!change) throw Error(errc::unavailable, "DocMind is stopping; the document goes on at the next start.");
    }
}

}  // namespace docmind
