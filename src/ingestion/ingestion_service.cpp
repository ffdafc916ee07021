// The workers: which document is taken up, what happens to it, and what becomes of it when that does not end well.

#include "ingestion/ingestion_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "ingestion/ingestion_rates.hpp"
#include "ingestion/ingestion_stages.hpp"

namespace docmind {
namespace {

constexpr std::size_t max_waiting_changes = 4096;
constexpr std::uint64_t least_share = 64 * 1024;

/// Sets the event when it goes, on every way out.
struct SetOnExit {
    Event& event;
    ~SetOnExit() { event.set(); }
};

/// What holds up a document today and may not tomorrow.
bool is_passing(errc code) {
    return code == errc::unavailable || code == errc::overloaded || code == errc::storage_full;
}

std::uint64_t memory_of(const Document& document) {
    std::uint64_t bytes = 0;
    for (const Page& page : document.pages) bytes += page.text.size() + page.words.size() * sizeof(WordBox) + sizeof(Page);
    return bytes;
}

}  // namespace

IngestionService::IngestionService(Params params, BlobStore blobs, Reader& reader, IngestionPipeline& pipeline, DocumentStore& documents,
                                   VectorStore& vectors, IngestionCache* cache, Pool& files, Executor executor)
    : params_(params),
      blobs_(std::move(blobs)),
      reader_(reader),
      pipeline_(pipeline),
      documents_(documents),
      vectors_(vectors),
      cache_(cache),
      files_(files),
      executor_(executor),
      owner_(make_id()),
      budget_(params.max_bytes_in_flight),
      rates_(std::make_unique<IngestionRates>()),
      catalogue_change_({.permits = 1, .max_waiting = max_waiting_changes}),
      taking_up_({.permits = 1, .max_waiting = max_waiting_changes}),
      kept_originals_([this](std::vector<std::string> originals) {
          // Else the next start finds them.
          if (!stopping_) scope_.spawn(remove_unused(std::move(originals)));
      }),
      scope_(executor, [](const std::exception_ptr& error) {
          try {
              std::rethrow_exception(error);
          } catch (const std::exception& e) {
              spdlog::error("an ingestion worker ended: {}", e.what());
          }
      }) {}

IngestionService::~IngestionService() = default;

Task<> IngestionService::astart() {
    const int unfinished = co_await documents_.arequeue_unfinished();
    if (unfinished > 0) spdlog::info("{} documents go on where the last run ended", unfinished);
    const std::optional<std::string> paused = co_await documents_.aget_state(state_paused);
    paused_ = paused == "yes";
    const std::optional<std::string> rates = co_await documents_.aget_state(state_rates);
    if (rates) *rates_ = IngestionRates::from_text(*rates);
    // One of them looks for small documents, so that large ones cannot hold them all up.
    for (std::size_t i = 0; i < params_.documents_at_once; ++i) scope_.spawn(work(i == 1));
    scope_.spawn(heartbeat());
    scope_.spawn(remove_unused_blobs());
}

Task<> IngestionService::astop() {
    stopping_ = true;
    events_.close();
    wake_workers();
    {
        // Once this is granted no document is being claimed, and none will be.
        const Permit permit = co_await taking_up_.acquire();
        co_await stop_all_jobs();
    }
    scope_.cancel();
    co_await scope_.close(std::chrono::seconds(5));
    co_await remember_rates();
}

void IngestionService::publish(const DocumentRecord& record) {
    events_.publish(record);
    progressed_.set();
    progressed_.reset();
}

void IngestionService::wake_workers() {
    ++work_epoch_;
    may_have_work_ = true;
    queue_changed_.set();
    queue_changed_.reset();
}

std::shared_ptr<IngestionService::Active> IngestionService::find_active(const std::string& id) const {
    const auto found = active_.find(id);
    return found == active_.end() ? nullptr : found->second;
}

Task<> IngestionService::work(bool smallest_first) {
    while (!stopping_) {
        std::shared_ptr<Active> job;
        std::optional<std::string> problem;
        try {
            if (may_have_work_ && !paused_) job = co_await claim(smallest_first);
            if (!job) co_await await_work();
        } catch (const Error& error) {
            problem = error.what();
        }
        if (problem) {
            // A store that cannot be written now may be later: the worker outlives it.
            spdlog::warn("no document can be taken up: {}", *problem);
            co_await sleep_for(params_.first_retry);
        }
        if (!job) continue;
        job->scope.spawn(run(job));
        co_await job->finished.wait();
        if (job->is_stopping) {
            co_await job->stopped.wait();
        } else {
            job->is_over = true;
            co_await job->scope.close(Clock::duration::zero());
        }
        active_.erase(job->record.id);
        if (is_final(job->record.status)) bytes_done_ += bytes_to_read(job->record);
        // Another document that a process died of may have waited for this one.
        if (job->suspect) wake_workers();
        progressed_.set();
        progressed_.reset();
    }
}

/// Until there may be something to take up.
Task<> IngestionService::await_work() {
    const std::optional<std::int64_t> due = co_await documents_.anext_due();
    if (stopping_ || (may_have_work_ && !paused_)) co_return;
    if (!due) {
        co_await queue_changed_.wait();
        co_return;
    }
    const std::chrono::milliseconds left(std::clamp<std::int64_t>(*due - unix_ms(), 1, 3'600'000));
    bool is_due = false;
    try {
        co_await with_deadline(queue_changed_.wait(), left);
    } catch (const Error& error) {
        if (error.code() != errc::timeout) throw;
        is_due = true;
    }
    if (is_due) may_have_work_ = true;
}

Task<std::shared_ptr<IngestionService::Active>> IngestionService::claim(bool smallest_first) {
    const Permit permit = co_await taking_up_.acquire(Priority::background);
    if (stopping_ || paused_) co_return nullptr;
    const std::uint64_t epoch = work_epoch_;
    const bool suspect_runs = std::ranges::any_of(active_, [](const auto& entry) { return entry.second->suspect; });
    DocumentClaim claim{.owner = owner_, .now = unix_ms(), .smallest_first = smallest_first, .allow_suspects = !suspect_runs};
    std::optional<DocumentRecord> record = co_await documents_.aclaim(std::move(claim));
    if (!record) {
        if (epoch == work_epoch_) may_have_work_ = false;
        progressed_.set();
        progressed_.reset();
        co_return nullptr;
    }
    const auto job = std::make_shared<Active>(executor_);
    job->record = std::move(*record);
    job->suspect = job->record.deaths > 0;
    job->last_sign = Clock::now();
    active_.emplace(job->record.id, job);
    co_return job;
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
    if (job->record.deaths >= params_.max_deaths) {
        throw Error(errc::internal,
                    "DocMind stopped several times while it worked on this document, so it was set aside. Reprocess it to try again.");
    }
    publish(job->record);
    const std::string old_sha256 = job->record.next_sha256.empty() ? "" : job->record.sha256;
    const std::uint64_t bytes = bytes_to_read(job->record);
    ByteBudget::Share share = co_await budget_.acquire(std::clamp(bytes, least_share, params_.max_bytes_in_flight));
    Document document = co_await read(job);
    share.resize(memory_of(document));
    if (job->record.deaths > 0) {
        // It did not die of reading: whatever it dies of later starts counting anew.
        job->record.deaths = 0;
        co_await documents_.aupdate(job->record, {DocumentStatus::processing});
    }
    document.id = job->record.id;
    document.name = job->record.name;
    job->record.media_type = document.media_type;
    job->record.pages = static_cast<int>(document.pages.size());

    std::vector<Document> documents;
    documents.push_back(std::move(document));
    auto progress = [this, job](const Document&, std::string_view stage, double done) { report(*job, stage_named(stage), done); };
    const IngestResult result = co_await pipeline_.arun(std::move(documents), std::move(progress));

    DocumentRecord ready = co_await documents_.aget(job->record.id);
    job->record = ready;
    ++counters_.ready;
    learn(*job, bytes, static_cast<std::uint64_t>(result.documents.front().nodes));
    publish(ready);
    if (!old_sha256.empty() && old_sha256 != ready.sha256) {
        const Permit permit = co_await catalogue_change_.acquire();
        co_await remove_blob_if_unused(old_sha256);
    }
}

/// The document as it is read, or was read before.
Task<Document> IngestionService::read(std::shared_ptr<Active> job) {
    const DocumentRecord record = job->record;
    const std::string sha256 = record.next_sha256.empty() ? record.sha256 : record.next_sha256;
    std::string reader = reader_.fingerprint();
    // The reader takes hints from the name.
    if (!reader.empty()) reader += " ." + file_kind(record.name);
    const bool is_cached = cache_ != nullptr && !reader.empty();
    if (is_cached) {
        std::optional<Document> known = co_await cache_->aget_document(sha256, reader);
        if (known) co_return std::move(*known);
    }
    SourceFile source{.path = blobs_.path(sha256), .name = record.name, .media_type = record.media_type};
    source.progress = [this, job](int done, int total) {
        job->record.pages = std::max(job->record.pages, total);
        report(*job, IngestionStage::parsing, total > 0 ? static_cast<double>(done) / total : 0);
    };
    const Clock::time_point begin = Clock::now();
    Document document = co_await reader_.aload(std::move(source));
    job->reading_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (is_cached) {
        const auto shared = std::make_shared<const Document>(std::move(document));
        co_await cache_->aput_document(sha256, reader, shared);
        document = *shared;
    }
    co_return document;
}

Task<> IngestionService::fail(std::shared_ptr<Active> job, errc code, std::string message) {
    DocumentRecord record = job->record;
    record.error_code = to_string(code);
    record.error = std::move(message);
    const bool try_again = is_passing(code) && record.attempts < params_.max_attempts;
    if (try_again) {
        const auto wait = std::min(params_.longest_retry, params_.first_retry * (1 << std::min(record.attempts - 1, 16)));
        record.status = DocumentStatus::queued;
        record.stage = IngestionStage::stored;
        record.progress = 0;
        record.not_before = unix_ms() + wait.count();
        spdlog::warn("document {} waits {} ms: {}", record.id, wait.count(), record.error_code);
    } else {
        record.status = DocumentStatus::failed;
        spdlog::warn("document {} failed at {}: {}", record.id, to_string(record.stage), record.error_code);
    }
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
    if (try_again) {
        wake_workers();
    } else {
        ++counters_.failed;
    }
    publish(record);
}

void IngestionService::report(Active& job, IngestionStage stage, double done) {
    const bool stage_changed = job.record.stage != stage;
    const auto now = Clock::now();
    job.record.stage = stage;
    job.stage_done = done;
    job.last_sign = now;
    job.record.progress = std::max(job.record.progress, overall(stage, done));
    if (!stage_changed && now - job.last_event < params_.progress_interval) return;
    job.last_event = now;
    events_.publish(job.record);
}

/// With taking_up_ held. They go back to the queue.
Task<> IngestionService::stop_all_jobs() {
    std::vector<std::shared_ptr<Active>> jobs;
    for (const auto& [id, job] : active_) jobs.push_back(job);
    for (const auto& job : jobs) {
        if (job->is_over) continue;
        job->is_stopping = true;
        job->scope.cancel();
    }
    for (const auto& job : jobs) {
        std::optional<std::string> problem;
        try {
            co_await stop_job(job, Stop::shut_down);
        } catch (const Error& error) {
            problem = error.what();
        }
        // Its work has ended all the same, and the next start takes up what the store still calls processing.
        if (problem) spdlog::warn("document {} could not be put back into the queue: {}", job->record.id, *problem);
    }
}

/// With taking_up_ held. When it returns the job is gone.
Task<> IngestionService::stop_job(std::shared_ptr<Active> job, Stop why) {
    // One that ended by itself says in its record how.
    if (!job->is_over) {
        job->is_stopping = true;
        const SetOnExit stopped{job->stopped};
        co_await settle(job, why);
    }
    while (find_active(job->record.id) == job) co_await progressed_.wait();
}

Task<> IngestionService::settle(std::shared_ptr<Active> job, Stop why) {
    co_await job->scope.close(Clock::duration::zero());
    DocumentRecord record = co_await documents_.aget(job->record.id);
    if (record.status != DocumentStatus::processing) co_return;
    if (why == Stop::cancelled) {
        record.status = DocumentStatus::cancelled;
        ++counters_.cancelled;
    } else {
        record.status = DocumentStatus::queued;  // this stop was no fault of the document
        record.stage = IngestionStage::stored;
        record.progress = 0;
        record.paused = why == Stop::paused;
        if (why == Stop::set_back)
            record.not_before = unix_ms() + params_.first_retry.count();
        else
            record.attempts -= 1;
    }
    co_await documents_.aupdate(record, {DocumentStatus::processing});
    job->record = record;
    publish(record);
}

Task<> IngestionService::heartbeat() {
    for (;;) {
        co_await sleep_for(params_.heartbeat);
        std::vector<std::shared_ptr<Active>> silent;
        for (const auto& [id, job] : active_) {
            if (Clock::now() - job->last_sign > params_.longest_silence) silent.push_back(job);
        }
        std::optional<std::string> problem;
        try {
            if (!active_.empty()) co_await documents_.arenew_leases(owner_);
            co_await remember_rates();
            Permit permit;
            if (!silent.empty()) permit = co_await taking_up_.acquire();
            for (const auto& job : silent) {
                spdlog::warn("document {} made no progress for long and is taken up anew", job->record.id);
                co_await stop_job(job, Stop::set_back);
                wake_workers();
            }
        } catch (const Error& error) {
            problem = error.what();
        }
        if (problem) spdlog::warn("the heartbeat of ingestion could not be written: {}", *problem);
    }
}

Task<> IngestionService::await_idle() {
    while (!active_.empty() || (may_have_work_ && !paused_ && !stopping_)) co_await progressed_.wait();
}

Task<DocumentRecord> IngestionService::await_done(std::string id) {
    for (;;) {
        // Listening starts before the look: a change between the two is not missed.
        DocumentEvents::Subscription changes = events_.subscribe();
        DocumentRecord record = co_await documents_.aget(id);
        const bool is_done = is_final(record.status);
        if (is_done && !active_.contains(id)) co_return record;
        if (is_done) {
            co_await progressed_.wait();
            continue;
        }
        const std::optional<DocumentEvent> change = co_await changes.next();
        if (!change) throw Error(errc::unavailable, "DocMind is stopping; the document goes on at the next start.");
    }
}

}  // namespace docmind
