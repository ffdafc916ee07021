#pragma once
// The whole library on its way into an archive: the database as it was at one moment, and what it names.

#include <docmind/backup.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "async/limiter.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "backup/archive_writer.hpp"
#include "ingestion/kept_originals.hpp"
#include "storage/storage.hpp"

namespace docmind {

/// What is to be written, before anything is.
struct PreparedBackup {
    BackupContents contents;
    std::optional<std::uint64_t> archive_bytes;
    std::shared_ptr<ArchiveWriter> writer;
};

/// Copies the database and looks for every original that the copy names; those must not be removed meanwhile. Blocking. Errors: storage
/// (an original is missing: of which document), storage_full, timeout (stop was requested).
[[nodiscard]] PreparedBackup prepare_backup(Storage& storage, const std::filesystem::path& data_dir, std::stop_token stop);

class LibraryBackup final : public BackupStream {
  public:
    /// `turn`: one backup at a time. `left_over` frees in `pool` what would take long here: the blocks of a large file.
    LibraryBackup(PreparedBackup prepared, KeptOriginals::Keep originals, Permit turn, Pool& pool, Scope& left_over);
    ~LibraryBackup() override;
    LibraryBackup(const LibraryBackup&) = delete;
    LibraryBackup& operator=(const LibraryBackup&) = delete;

    [[nodiscard]] const BackupContents& contents() const override { return prepared_.contents; }
    [[nodiscard]] std::optional<std::uint64_t> archive_bytes() const override { return prepared_.archive_bytes; }
    Task<std::optional<std::string>> next() override;

  private:
    PreparedBackup prepared_;
    KeptOriginals::Keep originals_;
    Permit turn_;
    Pool& pool_;
    Scope& left_over_;
};

}  // namespace docmind
