#include "backup/unpack.hpp"

#include "backup/archive_reader.hpp"
#include "backup/sha256.hpp"
#include "words/disk.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace docmind {
namespace {

constexpr std::uint64_t room_to_spare = std::uint64_t{1} << 20;

[[noreturn]] void throw_unusable(const std::string& why) {
    throw Error(errc::corrupt, fmt::format("This backup cannot be used: {}. Take another one.", why));
}

/// A small member as a whole.
std::string read_text(ArchiveReader& reader, std::string_view name, std::size_t max_bytes) {
    const std::optional<ArchiveReader::Member> member = reader.next();
    if (!member || member->name != name) throw_unusable(fmt::format("{} is not where it should be", name));
    if (member->bytes > max_bytes) throw_unusable(fmt::format("{} is too large", name));
    std::string text;
    for (std::string bytes = reader.read(); !bytes.empty(); bytes = reader.read()) {
        if (text.size() + bytes.size() > max_bytes) throw_unusable(fmt::format("{} is too large", name));
        text += bytes;
    }
    return text;
}

Manifest read_manifest(ArchiveReader& reader, const UnpackParams& params) {
    const std::string text = read_text(reader, manifest_name, params.max_manifest_bytes);
    const std::string digest = read_text(reader, manifest_digest_name, 1024);
    if (digest != fmt::format("{}  {}\n", sha256_of(text), manifest_name)) throw_unusable("its manifest is damaged");
    Manifest manifest = parse_manifest(text);
    if (manifest.contents.schema_version > params.newest_schema) {
        throw Error(errc::conflict,
                    fmt::format("This backup was made by a newer DocMind ({}, version {} of its tables; this one knows {}). "
                                "Restore it with that version.",
                                manifest.contents.docmind_version, manifest.contents.schema_version, params.newest_schema));
    }
    return manifest;
}

void make_folder(const std::filesystem::path& folder, std::uint64_t bytes) {
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error)) fail_on_disk("create", folder, error ? error.value() : EEXIST);
    create_private_folder(folder / originals_folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    if (!error && space.available < bytes + room_to_spare) {
        throw Error(errc::storage_full, fmt::format("The library needs {} MB in {}, where {} MB are free. Free some space and try again.",
                                                    bytes / 1'000'000 + 1, folder.parent_path().string(), space.available / 1'000'000));
    }
}

/// One member of the library as a new file; nothing where there is no folder to write to.
class Target {
  public:
    Target(const std::optional<std::filesystem::path>& folder, const std::string& name) {
        if (!folder) return;
        path_ = *folder / name;
        file_ = std::make_unique<Descriptor>(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file_->get() < 0) fail_on_disk("create", path_, errno);
    }
    void write(std::string_view bytes) const {
        if (file_) write_to(file_->get(), bytes, path_);
    }

  private:
    std::filesystem::path path_;
    std::unique_ptr<Descriptor> file_;
};

/// All that was written to this file system; one call instead of one a file.
void sync_all(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0) fail_on_disk("open", folder, errno);
    if (::syncfs(opened.get()) != 0) fail_on_disk("flush", folder, errno);
}

}  // namespace

Manifest unpack(const std::filesystem::path& archive, const UnpackParams& params, std::stop_token stop) {
    ArchiveReader reader(archive, std::move(stop));
    Manifest manifest = read_manifest(reader, params);
    if (params.folder) make_folder(*params.folder, manifest.contents.bytes);
    std::unordered_map<std::string_view, const BackupMember*> expected;
    for (const BackupMember& member : manifest.members) expected.emplace(member.name, &member);
    std::uint64_t done = 0;
    const auto tell = [&] {
        if (params.progress) params.progress(done, manifest.contents.bytes);
    };
    tell();
    while (const std::optional<ArchiveReader::Member> member = reader.next()) {
        // Names come from the manifest, where they were looked at; one that it lacks, or that comes again, ends here.
        const auto found = expected.find(member->name);
        if (found == expected.end()) throw_unusable("a file is in it that should not be");
        const BackupMember& wanted = *found->second;
        expected.erase(found);
        if (member->bytes != wanted.bytes) throw_unusable(fmt::format("{} does not have its size", wanted.name));
        const Target target(params.folder, wanted.name);
        Sha256 hash;
        std::uint64_t bytes = 0;
        for (std::string piece = reader.read(); !piece.empty(); piece = reader.read()) {
            hash.update(piece);
            target.write(piece);
            bytes += piece.size();
            done += piece.size();
            tell();
        }
        if (bytes != wanted.bytes || hash.finish() != wanted.sha256) throw_unusable(fmt::format("{} is damaged", wanted.name));
    }
    if (!expected.empty()) throw_unusable(fmt::format("it is incomplete: {} files are missing", expected.size()));
    if (params.folder) sync_all(*params.folder);
    return manifest;
}

}  // namespace docmind
