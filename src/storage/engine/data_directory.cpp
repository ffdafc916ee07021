#include "storage/engine/data_directory.hpp"

#include "storage/engine/library_copy.hpp"
#include "storage/engine/restored_library.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace docmind {
namespace {

std::string owner_of(int file) {
    std::array<char, 32> text{};
    const ssize_t length = pread(file, text.data(), text.size() - 1, 0);
    std::string pid(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    while (!pid.empty() && (pid.back() < '0' || pid.back() > '9')) pid.pop_back();
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

DataDirectory::DataDirectory(std::filesystem::path path) : path_(std::move(path)) {
    if (!path_.has_filename()) path_ = path_.parent_path();  // "data/": else its last part would be made with the default permissions
    std::error_code error;
    if (!path_.parent_path().empty()) std::filesystem::create_directories(path_.parent_path(), error);
    if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
        throw Error(errno == ENOSPC ? errc::storage_full : errc::storage,
                    fmt::format("The data directory {} cannot be made: {}.", path_.string(), std::strerror(errno)));
    }
    const auto file = path_ / "lock";
    lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) {
        throw Error(errno == ENOSPC ? errc::storage_full : errc::storage,
                    fmt::format("The data directory {} cannot be written: {}.", path_.string(), std::strerror(errno)));
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const int reason = errno;
        const std::string owner = owner_of(lock_);
        close(lock_);
        if (reason != EWOULDBLOCK) {
            throw Error(errc::storage, fmt::format("The data directory {} cannot be locked: {}.", path_.string(), std::strerror(reason)));
        }
        throw Error(errc::conflict,
                    fmt::format("The data directory {} is in use by {}. Stop it, or choose another with --data.", path_.string(), owner));
    }
    // The lock is what counts; the number only helps the person who meets the message above, so a full disk may lose it.
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(lock_, 0) != 0 || pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
    }
    try {
        finish_restore(path_);
        remove_copy(database_copy());
    } catch (...) {
        close(lock_);
        throw;
    }
}

DataDirectory::~DataDirectory() {
    if (ftruncate(lock_, 0) != 0) {
        // A stale number is harmless: it is read only while somebody holds the lock.
    }
    close(lock_);
}

}  // namespace docmind
