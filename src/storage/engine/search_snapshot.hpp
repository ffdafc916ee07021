#pragma once
// "Where do the indexes come from at the next start?" One file beside the database, mapped into memory; SQLite remains the truth.
//
// The file holds what the indexes held at one moment, a checksum, and a name that the database was told then. A database that knows the
// name has that moment in its past, and keys are never given twice: so what the file has and the database has not was removed since, what
// the database has beyond it was added, and the rest is the same. A file that is damaged, or that the database does not know (it was
// restored from an older backup), is as good as none: then the indexes are made from the database.

#include "storage/engine/dense_index.hpp"
#include "storage/engine/text_index.hpp"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace docmind {

/// Only the live rows of each index.
struct SearchSnapshot {
    std::string name;  ///< 32 characters
    std::size_t dimension = 0;
    std::vector<DenseSnapshot::Part> dense;
    std::vector<TextSegmentPart> text;
};

/// Replaces the file in one step; it is on disk when this returns. Errors: storage, storage_full; then the former file stands.
void write_search_snapshot(const std::filesystem::path& file, const std::string& name, const DenseSnapshot& dense,
                           const TextSnapshot& text);

/// Where the file grows until it is whole.
[[nodiscard]] std::filesystem::path unfinished_search_snapshot(const std::filesystem::path& file);

/// Nothing where there is no such file, it is damaged, or it is of another version of this program.
[[nodiscard]] std::optional<SearchSnapshot> read_search_snapshot(const std::filesystem::path& file);

/// Writes one snapshot at a time on a thread of its own, which gives way to the others.
class SearchSnapshotWriter {
  public:
    explicit SearchSnapshotWriter(std::filesystem::path file) : file_(std::move(file)) {}

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    [[nodiscard]] bool is_busy() const noexcept { return busy_; }
    /// It is not busy. A failure is logged: the next start takes longer, and that is all.
    void start(std::string name, std::shared_ptr<const DenseSnapshot> dense, std::shared_ptr<const TextSnapshot> text);

  private:
    std::filesystem::path file_;
    std::atomic<bool> busy_ = false;
    std::jthread thread_;  // last: what it writes is finished before the rest goes
};

}  // namespace docmind
