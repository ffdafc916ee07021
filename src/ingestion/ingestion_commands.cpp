// What people do to documents: cancel, pause, resume, prefer, reprocess, remove. Each holds `taking_up_`, so that no worker claims the
// document meanwhile.

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

#include "async/offload.hpp"
#include "ingestion/display_name.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/ingestion_stages.hpp"

namespace docmind {

Task<DocumentRecord> IngestionService::acancel(std::string id) {
    const Permit permit = co_await taking_up_.acquire();
    DocumentRecord record = co_await documents_.aget(id);
    if (is_final(record.status)) throw Error(errc::conflict, "This document is not being processed, so there is nothing to cancel.");
    if (const std::shared_ptr<Active> job = find_active(id)) {
        co_await stop_job(job, Stop::cancelled);
    } else {
        record.status = DocumentStatus::cancelled;
        record.paused = false;
        co_await documents_.aupdate(record, {DocumentStatus::queued, DocumentStatus::processing});
        ++counters_.cancelled;
        publish(record);
    }
    co_return co_await documents_.aget(id);
}

Task<DocumentRecord> IngestionService::apause(std::string id) {
    const Permit permit = co_await taking_up_.acquire();
    DocumentRecord record = co_await documents_.aget(id);
    if (is_final(record.status)) throw Error(errc::conflict, "This document is not being processed, so there is nothing to pause.");
    if (const std::shared_ptr<Active> job = find_active(id)) {
        co_await stop_job(job, Stop::paused);
    } else if (!record.paused) {
        record.paused = true;
        co_await documents_.aupdate(record, {DocumentStatus::queued});
        publish(record);
    }
    co_return co_await documents_.aget(id);
}

Task<DocumentRecord> IngestionService::aresume(std::string id) {
    const Permit permit = co_await taking_up_.acquire();
    DocumentRecord record = co_await documents_.aget(id);
    if (is_final(record.status)) throw Error(errc::conflict, "This document is not paused. Reprocess it to start again.");
    if (record.paused) {
        record.paused = false;
        record.not_before = 0;
        co_await documents_.aupdate(record, {DocumentStatus::queued});
        publish(record);
        wake_workers();
    }
    co_return record;
}

Task<DocumentRecord> IngestionService::aset_priority(std::string id, int priority) {
    if (priority < -1000 || priority > 1000) throw Error(errc::invalid_argument, "A priority lies between -1000 and 1000.");
    const Permit permit = co_await taking_up_.acquire();
    DocumentRecord record = co_await documents_.aget(id);
    record.priority = priority;
    co_await documents_.aupdate(record, {});
    if (const std::shared_ptr<Active> job = find_active(id)) job->record.priority = priority;
    publish(with_live_progress(record));
    co_return record;
}

Task<DocumentRecord> IngestionService::arename(std::string id, std::string name, std::string source) {
    const Permit permit = co_await taking_up_.acquire();
    const std::string shown = display_name(std::move(name), params_.max_name_bytes);
    co_await documents_.arename(id, shown, std::move(source));
    const DocumentRecord record = co_await documents_.aget(id);
    if (const std::shared_ptr<Active> job = find_active(id)) job->record.name = record.name;
    publish(with_live_progress(record));
    co_return record;
}

Task<DocumentRecord> IngestionService::areprocess(std::string id) {
    const Permit permit = co_await taking_up_.acquire();
    co_return co_await requeue(std::move(id));
}

Task<DocumentRecord> IngestionService::requeue(std::string id) {
    DocumentRecord record = co_await documents_.aget(id);
    if (!is_final(record.status) || active_.contains(id)) throw Error(errc::conflict, "This document is being processed already.");
    if (record.sha256.empty())
        throw Error(errc::conflict, "This document was given as text and has no file to read again: ingest it anew.");
    record.status = DocumentStatus::queued;
    record.stage = IngestionStage::stored;
    record.progress = 0;
    record.attempts = 0;
    record.deaths = 0;
    record.paused = false;
    record.not_before = 0;
    record.error.clear();
    record.error_code.clear();
    co_await documents_.aupdate(record, {DocumentStatus::ready, DocumentStatus::failed, DocumentStatus::cancelled});
    wake_workers();
    publish(record);
    co_return record;
}

Task<> IngestionService::aremove(std::string id) {
    const Permit changing = co_await catalogue_change_.acquire();
    const Permit permit = co_await taking_up_.acquire();
    co_await remove(std::move(id));
}

/// With both permits held.
Task<> IngestionService::remove(std::string id) {
    const DocumentRecord record = co_await documents_.aget(id);
    if (const std::shared_ptr<Active> job = find_active(id)) co_await stop_job(job, Stop::cancelled);
    co_await documents_.aremove(id);
    events_.publish_removed(id);
    progressed_.set();
    progressed_.reset();
    for (const std::string& sha256 : {record.sha256, record.next_sha256}) co_await remove_blob_if_unused(sha256);
}

Task<> IngestionService::apause_all() {
    const Permit permit = co_await taking_up_.acquire();
    co_await documents_.aset_state(state_paused, "yes");
    paused_ = true;
    co_await stop_all_jobs();
    progressed_.set();
    progressed_.reset();
}

Task<> IngestionService::aresume_all() {
    const Permit permit = co_await taking_up_.acquire();
    co_await documents_.aset_state(state_paused, "no");
    paused_ = false;
    wake_workers();
}

/// With catalogue_change_ held.
Task<> IngestionService::remove_blob_if_unused(std::string sha256) {
    if (sha256.empty()) co_return;
    const std::optional<DocumentRecord> user = co_await documents_.afind_by_sha256(sha256);
    if (user || kept_originals_.put_off(sha256)) co_return;
    co_await offload(files_, Priority::interactive, [blobs = blobs_, sha256](std::stop_token) { blobs.remove(sha256); });
}

/// Behind a change that is under way: its bytes are in what is copied of the catalogue afterwards, or not needed by it.
Task<KeptOriginals::Keep> IngestionService::akeep_originals() {
    const Permit permit = co_await catalogue_change_.acquire();
    co_return KeptOriginals::Keep(kept_originals_);
}

Task<> IngestionService::remove_unused(std::vector<std::string> originals) {
    for (std::string& sha256 : originals) {
        const Permit permit = co_await catalogue_change_.acquire(Priority::background);
        co_await remove_blob_if_unused(std::move(sha256));
    }
}

/// What a process left that died between a change of the catalogue and that of the files.
Task<> IngestionService::remove_unused_blobs() {
    std::vector<std::string> all =
        co_await offload(files_, Priority::background, [blobs = blobs_](std::stop_token) { return blobs.list(); });
    co_await remove_unused(std::move(all));
}

}  // namespace docmind
