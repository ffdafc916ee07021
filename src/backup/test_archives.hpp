#pragma once
// For tests: archives as they should not be, and a folder that goes when the test ends.

#include "backup/archive_writer.hpp"
#include "backup/manifest.hpp"
#include "backup/sha256.hpp"

#include <docmind/node.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace docmind::test {

class TemporaryFolder {
  public:
    TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("docmind-backup-" + make_id())) {
        std::filesystem::create_directory(path_);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

/// A member of any kind, as tar has it.
struct RawMember {
    std::string name, bytes;
    unsigned kind = AE_IFREG;
    std::string link = "";  ///< where a symbolic link leads
    std::string hardlink = "";
};

inline std::string tar_of(const std::vector<RawMember>& members) {
    std::string made;
    archive* writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_set_bytes_per_block(writer, 0);
    const auto append = [](archive*, void* to, const void* bytes, size_t count) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), count);
        return static_cast<la_ssize_t>(count);
    };
    archive_write_open(writer, &made, nullptr, append, nullptr);
    for (const RawMember& member : members) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_filetype(entry, member.kind);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
        if (!member.link.empty()) archive_entry_set_symlink(entry, member.link.c_str());
        if (!member.hardlink.empty()) archive_entry_set_hardlink(entry, member.hardlink.c_str());
        archive_write_header(writer, entry);
        archive_write_data(writer, member.bytes.data(), member.bytes.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    return made;
}

/// The manifest that goes with such files.
inline Manifest manifest_of(const std::vector<RawMember>& members) {
    Manifest manifest{
        .contents = {.schema_version = 7, .docmind_version = "0.1.0", .created_at = "2026-01-31T23:59:59.123Z", .left_out = {}},
        .members = {}};
    for (const RawMember& member : members) {
        manifest.members.push_back({.name = member.name, .bytes = member.bytes.size(), .sha256 = sha256_of(member.bytes)});
        manifest.contents.bytes += member.bytes.size();
    }
    manifest.contents.files = members.size();
    return manifest;
}

/// The two members that say what the others are.
inline std::vector<RawMember> heads_of(const std::string& manifest) {
    return {{.name = "manifest.json", .bytes = manifest},
            {.name = "manifest.json.sha256", .bytes = sha256_of(manifest) + "  manifest.json\n"}};
}

/// A backup, but for what `change` makes of its members.
inline std::string backup_of(const std::vector<RawMember>& files, const std::function<void(std::vector<RawMember>&)>& change = {}) {
    std::vector<RawMember> members = heads_of(to_text(manifest_of(files)));
    members.insert(members.end(), files.begin(), files.end());
    if (change) change(members);
    return tar_of(members);
}

inline RawMember original(const std::string& bytes) {
    return {.name = "blobs/" + sha256_of(bytes), .bytes = bytes};
}

}  // namespace docmind::test
