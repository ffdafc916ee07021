#pragma once
// "Is this archive what its manifest says, and if so, what is in it?"

#include "backup/manifest.hpp"

#include <docmind/backup.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>

namespace docmind {

struct UnpackParams {
    std::optional<std::filesystem::path> folder;  ///< made for it, must not exist; nothing: the archive is only compared with its manifest
    int newest_schema = 0;                        ///< that this program knows
    std::size_t max_manifest_bytes = std::size_t{256} << 20;  ///< 1.5 million documents
    BackupProgress progress;
};

/// Reads a whole backup and compares each byte of it with the manifest. What it writes are the files that the manifest names, under the
/// names of a library and no others, for their owner only; all is on disk when it returns. On failure the folder is left as it is then.
/// Blocking. Errors: corrupt, conflict (of a newer version), not_found, storage, storage_full, timeout (stop was requested).
Manifest unpack(const std::filesystem::path& archive, const UnpackParams& params, std::stop_token stop);

}  // namespace docmind
