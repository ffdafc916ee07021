// How the library of a backup takes the place of the one that is there: storage/engine/restored_library.hpp.

#include <docmind/backup.hpp>
#include <docmind/error.hpp>

#include <fmt/format.h>

#include <system_error>
#include <unordered_set>
#include <utility>

#include "backup/unpack.hpp"
#include "storage/engine/data_directory.hpp"
#include "storage/engine/library_copy.hpp"
#include "storage/engine/restored_library.hpp"
#include "storage/engine/schema.hpp"
#include "storage/engine/timestamp.hpp"

namespace docmind {
namespace {

/// A data directory that was not there goes again, unless something came into it.
class FreshDirectory {
  public:
    explicit FreshDirectory(std::filesystem::path path) : path_(std::move(path)), is_fresh_(!std::filesystem::exists(path_)) {}
    ~FreshDirectory() {
        if (!is_fresh_) return;
        std::error_code ignored;
        std::filesystem::remove_all(unfinished_restore(path_), ignored);
        std::filesystem::remove(path_ / "lock", ignored);
        std::filesystem::remove(path_, ignored);
    }
    FreshDirectory(const FreshDirectory&) = delete;
    FreshDirectory& operator=(const FreshDirectory&) = delete;
    void keep() noexcept { is_fresh_ = false; }

  private:
    std::filesystem::path path_;
    bool is_fresh_;
};

/// The folder in which the library grows; gone unless it was committed.
class Staging {
  public:
    explicit Staging(std::filesystem::path path) : path_(std::move(path)) {}
    ~Staging() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

/// What the checksums cannot tell: that the database is one, of that version, and that every original it names came with it.
void check_database(const std::filesystem::path& folder, const Manifest& manifest) {
    const auto refuse = [](const std::string& why) {
        throw Error(errc::corrupt, fmt::format("This backup cannot be used: {}. Take another one.", why));
    };
    const LibraryContents library = describe_library(folder / database_name);
    if (library.schema_version != manifest.contents.schema_version || library.documents != manifest.contents.documents)
        refuse("its database is not the one of its manifest");
    std::unordered_set<std::string_view> names;
    for (const BackupMember& member : manifest.members) names.insert(member.name);
    for (const OriginalFile& original : library.originals) {
        if (!names.contains(std::string(originals_folder) + original.sha256))
            refuse(fmt::format("the original of {} is not in it", original.document_name));
    }
}

std::string name_for_former(const std::filesystem::path& data_dir) {
    std::string name = "former-" + rfc3339_now();
    std::erase_if(name, [](char c) { return c == ':'; });
    while (std::filesystem::exists(data_dir / name)) name += "-";
    return name;
}

}  // namespace

BackupContents check_backup(std::filesystem::path archive, BackupProgress progress, std::stop_token stop) {
    const UnpackParams params{.folder = std::nullopt, .newest_schema = schema_version(), .progress = std::move(progress)};
    return unpack(archive, params, std::move(stop)).contents;
}

RestoredLibrary restore_backup(std::filesystem::path archive, std::filesystem::path data_dir, RestoreOptions options,
                               std::stop_token stop) {
    FreshDirectory fresh(data_dir);
    const DataDirectory directory(data_dir);
    const bool occupied = has_library(directory.path());
    if (occupied && !options.replace) {
        throw Error(errc::conflict,
                    fmt::format("There is a library in {}. Choose another directory with --data, or use --force: then it is "
                                "moved aside.",
                                directory.path().string()));
    }
    const Staging staging(unfinished_restore(directory.path()));
    const UnpackParams params{.folder = staging.path(), .newest_schema = schema_version(), .progress = std::move(options.progress)};
    const Manifest manifest = unpack(archive, params, stop);
    check_database(staging.path(), manifest);
    if (stop.stop_requested()) throw Error(errc::timeout, "Stopped. Nothing was changed.");
    const std::string former = occupied ? name_for_former(directory.path()) : std::string();
    fresh.keep();
    commit_restore(directory.path(), former);
    return {.contents = manifest.contents, .former = former.empty() ? std::filesystem::path() : directory.path() / former};
}

}  // namespace docmind
