#pragma once
// "How does a library become one file, and a library again?"
//
// A backup is a tar archive (POSIX pax) of regular files: manifest.json, which says what the others are and what they hash to;
// manifest.json.sha256; docmind.sqlite3, the database as it was at one moment: documents, passages, vectors, conversations;
// settings.toml, where something was changed while the program ran; and blobs/SHA256, the original bytes of every document. What can be
// made again is not in it (the search indexes, the ingestion cache), nor are uploads that have not ended, docmind.toml, models, and
// secrets (API keys). Unpacked by any program into an empty folder it is a data directory.

#include <docmind/task.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace docmind {

/// What a backup says of itself.
struct BackupContents {
    int format_version = 1;
    int schema_version = 0;  ///< of the tables; older ones are brought up to date when the library is opened
    std::string docmind_version;
    std::string created_at;  ///< RFC 3339: the moment it is true for
    std::uint64_t documents = 0, sessions = 0;
    std::uint64_t files = 0, bytes = 0;  ///< in the archive, without manifest.json
    std::vector<std::string> left_out;   ///< secrets among the settings, by their keys
};

/// A backup on its way, pulled. While it lives, the original files that it names are kept, whatever is removed. Dropping it gives it up.
class BackupStream {
  public:
    virtual ~BackupStream() = default;
    [[nodiscard]] virtual const BackupContents& contents() const = 0;
    /// Bytes of the whole archive, where that is known.
    [[nodiscard]] virtual std::optional<std::uint64_t> archive_bytes() const = 0;
    /// The next bytes of the archive (never empty), nullopt after the last. Errors: storage (an original is missing or damaged, and which).
    virtual Task<std::optional<std::string>> next() = 0;
};

/// Hears how many bytes of how many were looked at.
using BackupProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Reads a whole backup and compares it with its manifest. Blocks: for threads without a loop. Errors: corrupt (damaged, incomplete, or no
/// backup), conflict (made by a newer DocMind), not_found, storage, timeout (stop was requested).
[[nodiscard]] BackupContents check_backup(std::filesystem::path archive, BackupProgress progress = {}, std::stop_token stop = {});

struct RestoreOptions {
    bool replace = false;  ///< a library that is there is moved aside; else it is a conflict
    BackupProgress progress;
};

struct RestoredLibrary {
    BackupContents contents;
    std::filesystem::path former;  ///< where the library lies that was there; empty where there was none, or nothing in it
};

/// Makes a library of a backup. The data directory is as it was until all of the archive has been compared with its manifest and is on
/// disk; then the restored library takes its place in one step. Blocks: for programs that have not opened the library. Errors: conflict
/// (there is a library, or a process uses it), storage_full, and those of check_backup.
RestoredLibrary restore_backup(std::filesystem::path archive, std::filesystem::path data_dir, RestoreOptions options = {},
                               std::stop_token stop = {});

}  // namespace docmind
