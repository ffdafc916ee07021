// How far ingestion is: each document, all of it, and how long the rest takes.

#include <algorithm>
#include <utility>

#include "ingestion/ingestion_rates.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/ingestion_stages.hpp"

namespace docmind {

DocumentRecord IngestionService::with_live_progress(DocumentRecord record) const {
    const auto job = find_active(record.id);
    if (!job || is_final(record.status)) return record;
    record.status = job->record.status;
    record.stage = job->record.stage;
    record.progress = job->record.progress;
    record.pages = job->record.pages;
    return record;
}

Task<IngestionOverview> IngestionService::aoverview() {
    IngestionOverview overview;
    overview.library = co_await documents_.asummary();
    overview.paused = paused_;
    learn_embedding();
    std::vector<IngestionRates::Remaining> remaining;
    double left = 0;
    for (const auto& [kind, documents, bytes] : overview.library.waiting) left += static_cast<double>(bytes);
    for (const auto& [id, job] : active_) {
        const IngestionStage stage = job->record.stage;
        if (stage == IngestionStage::parsing || stage == IngestionStage::stored) ++overview.parsing;
        if (stage == IngestionStage::splitting) ++overview.splitting;
        if (stage == IngestionStage::embedding) ++overview.embedding;
        if (stage == IngestionStage::indexing) ++overview.indexing;
        const bool is_read = stage != IngestionStage::parsing && stage != IngestionStage::stored;
        const bool is_embedded = stage == IngestionStage::indexing || stage == IngestionStage::done;
        const std::uint64_t bytes = bytes_to_read(job->record);
        remaining.push_back({.kind = file_kind(job->record.name),
                             .bytes = bytes,
                             .to_read = is_read ? 0 : 1 - job->stage_done,
                             .to_embed = is_embedded                          ? 0
                                         : stage == IngestionStage::embedding ? 1 - job->stage_done
                                                                              : 1});
        left += static_cast<double>(bytes) * (1 - job->record.progress);
    }
    overview.nodes_per_second = rates_->nodes_per_second();
    overview.seconds_left = rates_->seconds_left(overview.library.waiting, remaining, params_.readers);
    if (left == 0) bytes_done_ = 0;
    overview.progress = left == 0 ? 1 : static_cast<double>(bytes_done_) / (static_cast<double>(bytes_done_) + left);
    co_return overview;
}

void IngestionService::learn(const Active& job, std::uint64_t bytes, std::uint64_t nodes) {
    // What came out of the cache says nothing about how long reading takes.
    if (job.reading_seconds > 0) rates_->learn_document(file_kind(job.record.name), bytes, job.reading_seconds, nodes);
    learn_embedding();
}

void IngestionService::learn_embedding() {
    const IngestionPipeline::Work work = pipeline_.work();
    rates_->learn_embedding(work.nodes - learnt_nodes_, std::chrono::duration<double>(work.busy - learnt_busy_).count());
    learnt_nodes_ = work.nodes;
    learnt_busy_ = work.busy;
}

Task<> IngestionService::remember_rates() {
    const std::string text = rates_->to_text();
    if (text == remembered_rates_) co_return;
    co_await documents_.aset_state(state_rates, text);
    remembered_rates_ = text;
}

}  // namespace docmind
