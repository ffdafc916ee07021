#include "words/disk.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace docmind {

void fail_on_disk(std::string_view what, const std::filesystem::path& path, int error) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    throw Error(full ? errc::storage_full : errc::storage,
                full ? fmt::format("No space left to {} {}. Free some space and try again.", what, path.filename().string())
                     : fmt::format("Cannot {} {}: {}.", what, path.string(), std::strerror(error)));
}

void write_to(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            fail_on_disk("store", path, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void sync_folder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail_on_disk("open", folder, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    if (result != 0) fail_on_disk("flush", folder, error);
}

void create_private_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(errc::storage, fmt::format("Cannot create {}: {}.", folder.string(), error.message()));
    ::chmod(folder.c_str(), 0700);
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Descriptor open_regular_file(const std::filesystem::path& path, std::uint64_t* bytes) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) throw Error(errc::not_found, fmt::format("There is no file {}.", path.string()));
    if (fd < 0) fail_on_disk("read", path, errno);
    struct stat status{};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(fd);
        throw Error(errc::storage, fmt::format("{} is not a regular file.", path.string()));
    }
    *bytes = static_cast<std::uint64_t>(status.st_size);
    return Descriptor(fd);
}

}  // namespace docmind
