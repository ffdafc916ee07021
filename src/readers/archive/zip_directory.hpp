#pragma once
// "Which files does this ZIP hold, and does it tell one story about them?" Nothing is unpacked.
//
// A ZIP lists its files twice, at its end and before each file. Programs that believe different lists see different files, and files that
// share their bytes make a small archive huge. So whatever contradicts itself is refused before anything is inflated.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct ZipEntry {
    std::string name;             ///< UTF-8, "/" between folders
    std::size_t offset = 0;       ///< of its local header
    std::size_t packed_size = 0;  ///< of the header, the data and at least what must follow it
    std::uint64_t size = 0;       ///< unpacked, as the archive says
    bool is_folder = false;
};

/// In the order of the central directory. Reads ZIP and ZIP64, also behind other bytes (a self-extracting program).
/// Errors: corrupt (cut off, contradictory, overlapping or twice the same name), encrypted, too_large (more entries than `max_entries`,
/// known before they are looked at), unsupported (a part of a split archive).
[[nodiscard]] std::vector<ZipEntry> read_zip_directory(std::string_view bytes, std::size_t max_entries);

}  // namespace docmind
