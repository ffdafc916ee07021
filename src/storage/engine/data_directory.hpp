#pragma once
// "Whose data directory is this?" Exactly one process owns it at a time.

#include <filesystem>

namespace docmind {

/// A folder that only its user can read, owned by this object until it is destroyed (or its process dies).
class DataDirectory {
  public:
    /// Creates the folder where it is missing; a restore that was interrupted is brought to its end, what a backup left is removed. Blocks:
    /// for milliseconds, and up to five seconds where its owner was killed and a process that one was starting still holds the lock. Errors:
    /// conflict (another process owns it; the message names its process id), storage.
    explicit DataDirectory(std::filesystem::path path);
    ~DataDirectory();
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path database_file() const { return path_ / "docmind.sqlite3"; }
    /// The search indexes as they were once; may be deleted when nobody owns the directory.
    [[nodiscard]] std::filesystem::path search_file() const { return path_ / "search.index"; }

    /// The database as it was once, while a backup is made of it.
    [[nodiscard]] std::filesystem::path database_copy() const { return path_ / "backup.sqlite3"; }

  private:
    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace docmind
