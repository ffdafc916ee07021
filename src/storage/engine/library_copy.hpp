#pragma once
// "What does the library hold at this moment?" A copy of its database that nobody changes any more, and what can be read from one.

#include "storage/engine/right_of_way.hpp"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace docmind {

/// The bytes that a document was made from, or will be.
struct OriginalFile {
    std::string sha256;
    std::uint64_t bytes = 0;
    std::string document_id, document_name;
};

struct LibraryContents {
    int schema_version = 0;
    std::uint64_t documents = 0, sessions = 0;
    std::vector<OriginalFile> originals;  ///< each once, in the order of their SHA-256
};

/// Copies the database as one reader sees it, while others go on; what was removed is not in the copy, and documents that were being
/// processed are queued in it. The copy is not flushed. Searches go first. Whatever was at `file` is replaced; on failure nothing is
/// there. Errors: storage, storage_full, timeout (stop was requested).
[[nodiscard]] LibraryContents copy_library(const std::filesystem::path& database, const std::filesystem::path& file, RightOfWay& searches,
                                           std::stop_token stop);

/// The copy and what SQLite may have left beside it.
void remove_copy(const std::filesystem::path& file) noexcept;

/// Looks through such a copy, also one of an older version. Errors: corrupt, conflict (of a newer version or another program), storage.
[[nodiscard]] LibraryContents describe_library(const std::filesystem::path& copy);

/// Whether a database that nobody uses holds no document and no conversation; false where it cannot be read.
[[nodiscard]] bool is_empty_library(const std::filesystem::path& database) noexcept;

}  // namespace docmind
