#pragma once
// For tests: ZIP archives, honest and otherwise, byte by byte.

#include <archive.h>
#include <archive_entry.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace docmind::test {

struct Packed {
    std::string name, content;
    std::string local_name{};  ///< where the local header has another one
    unsigned flags = 0x800;    ///< names are UTF-8
    long said_size = -1;       ///< where the directory says another one
    long same_place_as = -1;   ///< the entry whose bytes it claims
};

inline std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

inline std::string little(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

/// Stored, not compressed. `said_entries`: what the end of the directory says, where that is not true.
inline std::string zip(const std::vector<Packed>& files, long said_entries = -1) {
    std::string out, directory;
    std::vector<std::size_t> offsets;
    for (const Packed& file : files) {
        const std::string& local = file.local_name.empty() ? file.name : file.local_name;
        const std::uint64_t size = file.said_size < 0 ? file.content.size() : static_cast<std::uint64_t>(file.said_size);
        const std::string common = little(20, 2) + little(file.flags, 2) + little(0, 2) + little(0, 4) + little(crc32(file.content), 4) +
                                   little(file.content.size(), 4);
        offsets.push_back(file.same_place_as < 0 ? out.size() : offsets[static_cast<std::size_t>(file.same_place_as)]);
        if (file.same_place_as < 0)
            out += "PK\x03\x04" + common + little(file.content.size(), 4) + little(local.size(), 2) + little(0, 2) + local + file.content;
        directory += "PK\x01\x02" + little(20, 2) + common + little(size, 4) + little(file.name.size(), 2) + little(0, 2) + little(0, 2) +
                     little(0, 2) + little(0, 2) + little(0, 4) + little(offsets.back(), 4) + file.name;
    }
    const std::uint64_t entries = said_entries < 0 ? files.size() : static_cast<std::uint64_t>(said_entries);
    return out + directory + "PK\x05\x06" + little(0, 4) + little(entries, 2) + little(entries, 2) + little(directory.size(), 4) +
           little(out.size(), 4) + little(0, 2);
}

/// By libarchive: `format` is "zip", "ustar" or "raw", `filter` "none", "gzip", "bzip2", "xz" or "zstd".
inline std::string packed_by_libarchive(const std::vector<Packed>& files, const char* format, const char* filter = "none") {
    std::string out;
    archive* writer = archive_write_new();
    archive_write_set_format_by_name(writer, format);
    if (std::string_view(filter) != "none") archive_write_add_filter_by_name(writer, filter);
    const auto write = [](archive*, void* to, const void* bytes, std::size_t size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
        return static_cast<la_ssize_t>(size);
    };
    archive_write_set_bytes_in_last_block(writer, 1);
    archive_write_open(writer, &out, nullptr, write, nullptr);
    for (const Packed& file : files) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, file.name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(file.content.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(writer, entry);
        archive_write_data(writer, file.content.data(), file.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    return out;
}

}  // namespace docmind::test
