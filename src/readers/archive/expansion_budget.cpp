#include "readers/archive/expansion_budget.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <string>

namespace docmind {

namespace {

constexpr std::uint64_t free_bytes = 1 << 20;  // so much may come out of however little

}  // namespace

void ExpansionBudget::spend(std::uint64_t bytes) {
    if (bytes > options_->max_expanded_bytes - expanded_) {
        exhausted_ = true;
        throw Error(errc::too_large, "What is packed in this file is over " + std::to_string(options_->max_expanded_bytes) +
                                         " bytes (ingestion.max_expanded_bytes). Split it into smaller files.");
    }
    expanded_ += bytes;
    if (expanded_ > free_bytes && (expanded_ - free_bytes) / std::max(1U, options_->max_expansion_ratio) > packed_) {
        exhausted_ = true;
        throw Error(errc::too_large, "What is packed in this file is more than " + std::to_string(options_->max_expansion_ratio) +
                                         " times its size (ingestion.max_expansion_ratio). Unpack it and upload the files you need.");
    }
}

void ExpansionBudget::count_files(std::uint64_t files) {
    files_ += files;
    if (files_ <= options_->max_archive_entries) return;
    exhausted_ = true;
    throw Error(errc::too_large, "This archive has more than " + std::to_string(options_->max_archive_entries) +
                                     " files (ingestion.max_archive_entries). Split it into smaller ones.");
}

}  // namespace docmind
