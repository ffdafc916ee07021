#include "ingestion/disk.hpp"

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

}  // namespace docmind
