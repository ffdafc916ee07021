#include <docmind/document_store.hpp>

namespace docmind {

std::string_view to_string(DocumentStatus status) noexcept {
    switch (status) {
        case DocumentStatus::queued: return "queued";
        case DocumentStatus::processing: return "processing";
        case DocumentStatus::ready: return "ready";
        case DocumentStatus::failed: return "failed";
        case DocumentStatus::cancelled: return "cancelled";
    }
    return "failed";
}

std::string_view to_string(IngestionStage stage) noexcept {
    switch (stage) {
        case IngestionStage::stored: return "stored";
        case IngestionStage::parsing: return "parsing";
        case IngestionStage::splitting: return "splitting";
        case IngestionStage::embedding: return "embedding";
        case IngestionStage::indexing: return "indexing";
        case IngestionStage::done: return "done";
    }
    return "stored";
}

std::string file_kind(std::string_view name) {
    constexpr std::size_t longest = 8;
    const auto dot = name.rfind('.');
    std::string kind(dot == std::string_view::npos || name.size() - dot - 1 > longest ? std::string_view() : name.substr(dot + 1));
    for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return kind;
}

}  // namespace docmind
