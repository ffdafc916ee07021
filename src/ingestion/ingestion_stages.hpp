#pragma once
// What the files of IngestionService share about stages, statuses and time. Pure.

#include <docmind/document_store.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace docmind {

inline constexpr auto state_paused = "ingestion.paused";
inline constexpr auto state_rates = "ingestion.rates";

/// How far a document is, over all stages. Embedding is nearly all of the time.
inline double overall(IngestionStage stage, double done) {
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

inline IngestionStage stage_named(std::string_view name) {
    if (name == "splitting") return IngestionStage::splitting;
    if (name == "embedding") return IngestionStage::embedding;
    return IngestionStage::indexing;
}

inline bool is_final(DocumentStatus status) {
    return status != DocumentStatus::queued && status != DocumentStatus::processing;
}

/// Of the file that the document is made from next.
inline std::uint64_t bytes_to_read(const DocumentRecord& record) {
    return record.next_sha256.empty() ? record.bytes : record.next_bytes;
}

inline std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace docmind
