#include "ingestion/folder_scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace docmind {
namespace {

bool ends_with(std::string_view name, std::string_view ending) {
    return name.size() > ending.size() && ::strncasecmp(name.data() + name.size() - ending.size(), ending.data(), ending.size()) == 0;
}

std::int64_t nanoseconds(const struct statx_timestamp& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

bool is_gone(int error) {
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

bool is_persons_file(std::string_view name) {
    static constexpr std::array<std::string_view, 11> endings{
        ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".swo", ".swx", ".opdownload", "~"};
    static constexpr std::array<std::string_view, 5> names{"desktop.ini", "Thumbs.db", "lost+found", "$RECYCLE.BIN",
                                                           "System Volume Information"};
    if (name.empty() || name.front() == '.' || name.starts_with("~$")) return false;
    if (name.front() == '#' && name.back() == '#') return false;
    return std::ranges::none_of(endings, [&](std::string_view ending) { return ends_with(name, ending); }) &&
           std::ranges::find(names, name) == names.end();
}

SeenFile look_at(const std::string& path) {
    struct statx found{};
    constexpr unsigned wanted = STATX_TYPE | STATX_SIZE | STATX_MTIME | STATX_INO | STATX_BTIME;
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, wanted, &found) != 0) {
        return {.sight = is_gone(errno) ? Sight::absent : Sight::unclear, .mark = {}};
    }
    if (!S_ISREG(found.stx_mode)) return {};
    SeenFile seen{.sight = Sight::file,
                  .mark = {.size = found.stx_size,
                           .mtime_ns = nanoseconds(found.stx_mtime),
                           .inode = found.stx_ino,
                           .born_ns = (found.stx_mask & STATX_BTIME) != 0 ? nanoseconds(found.stx_btime) : 0}};
    if (seen.mark.size == 0 || ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) seen.sight = Sight::unclear;
    return seen;
}

FolderIdentity identify_folder(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return {};
    return {.device = found.st_dev, .inode = found.st_ino};
}

bool is_on_network(const std::string& path) {
    static constexpr std::array<unsigned long, 9> types{NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, V9FS_MAGIC,
                                                        FUSE_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,  CODA_SUPER_MAGIC};
    struct statfs found{};
    if (::statfs(path.c_str(), &found) != 0) return false;
    return std::ranges::find(types, static_cast<unsigned long>(static_cast<std::uint32_t>(found.f_type))) != types.end();
}

FolderListing list_folder(const std::string& path, bool follow) {
    FolderListing listing;
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            throw Error(errc::overloaded, "Cannot open the folder " + path + ": " + std::strerror(errno) + ".");
        }
        listing.sight = is_gone(errno) ? Sight::absent : Sight::unclear;
        return listing;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), &::closedir);
    if (!folder) {
        ::close(fd);
        throw Error(errc::overloaded, "Cannot read the folder " + path + ": " + std::strerror(errno) + ".");
    }
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());
        if (!entry) break;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        listing.empty = false;
        if (!is_persons_file(name)) continue;
        auto type = entry->d_type;
        if (type == DT_UNKNOWN) {
            struct stat found{};
            if (::fstatat(fd, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0) type = IFTODT(found.st_mode);
        }
        if (type == DT_REG) listing.files.emplace_back(name);
        if (type == DT_DIR) listing.folders.emplace_back(name);
    }
    listing.sight = errno == 0 ? Sight::file : Sight::unclear;
    return listing;
}

}  // namespace docmind
