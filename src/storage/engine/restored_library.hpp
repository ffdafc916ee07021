#pragma once
// "How does a restored library take the place of the one that is there, in one step?"
//
// It grows in a folder of the data directory. Once that is whole and on disk, its renaming is the step: before it the former library is the
// one that counts, after it the restored one. What then remains, moving the files of the former away and those of the restored to their
// places, is done by whoever opens the data directory next, from wherever it was left. Nothing outside the data directory is touched, so
// that it may be a mount point, or lie in a folder that cannot be written.

#include <filesystem>
#include <string>

namespace docmind {

/// Where the restored library grows: its files as they will lie in the data directory.
[[nodiscard]] std::filesystem::path unfinished_restore(const std::filesystem::path& data_dir);

/// What is in that folder, which is on disk, is the library from here on. The former one goes to the folder `former` of the data directory;
/// where that is empty it is removed. The caller owns the data directory. Errors: storage, storage_full: then the former library stands,
/// or the next start brings it to an end.
void commit_restore(const std::filesystem::path& data_dir, const std::string& former);

/// Whether a restore was committed and has to be brought to its end before anything is read here.
[[nodiscard]] bool is_restore_committed(const std::filesystem::path& data_dir) noexcept;

/// Brings it to its end, and removes what a restore left that was not committed. The caller owns the data directory. Errors: storage,
/// storage_full.
void finish_restore(const std::filesystem::path& data_dir);

/// Whether something of a library lies here that a restore would take the place of.
[[nodiscard]] bool has_library(const std::filesystem::path& data_dir);

}  // namespace docmind
