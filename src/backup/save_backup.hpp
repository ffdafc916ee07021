#pragma once
// "Put a backup into a file."

#include <docmind/backup.hpp>
#include <docmind/task.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "async/pool.hpp"

namespace docmind {

struct SavedBackup {
    BackupContents contents;
    std::uint64_t bytes = 0;  ///< of the file
};

/// The file is whole and on disk when it returns, and then `saved` is set; or it is not there. (Who is cancelled at the last moment finds
/// out by `saved` which of the two it is.) `open` makes the backup, once it is known that the file can be written; `files` writes;
/// `progress` hears bytes of the archive, of 0 where their number is not known. Errors: those of BackupFile, of `open` and of the stream.
Task<> save_backup(std::function<Task<std::unique_ptr<BackupStream>>()> open, std::filesystem::path file, bool replace, Pool* files,
                   BackupProgress progress, std::optional<SavedBackup>* saved);

}  // namespace docmind
