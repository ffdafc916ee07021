#include "storage/engine/data_directory.hpp"

#include "storage/engine/library_copy.hpp"
#include "storage/engine/restored_library.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>

namespace docmind {
namespace {

/// Longer than a process needs from fork to exec on a busy machine.
constexpr std::chrono::seconds longest_wait{5};
constexpr std::chrono::milliseconds between_looks{10};

/// The process that took the lock, as far as it could say so; 0: it did not.
pid_t owner_of(int file) {
    std::array<char, 32> text{};
    const ssize_t length = pread(file, text.data(), text.size() - 1, 0);
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + std::max<ssize_t>(length, 0), pid);
    return pid;
}

bool lock(int file) {
    return flock(file, LOCK_EX | LOCK_NB) == 0;
}

/// False: another owner lives. One that was killed while it started a process leaves the lock to that process for a moment, until it has
/// become another program.
bool take_lock(int file) {
    const auto end = std::chrono::steady_clock::now() + longest_wait;
    while (!lock(file)) {
        const int reason = errno;
        const pid_t owner = owner_of(file);
        const bool gone = owner > 0 && kill(owner, 0) != 0 && errno == ESRCH;
        errno = reason;
        if (reason != EWOULDBLOCK || !gone || std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(between_looks);  // a data directory is opened before there is a loop
    }
    return true;
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
    if (!take_lock(lock_)) {
        const int reason = errno;
        const pid_t pid = owner_of(lock_);
        const std::string owner = pid > 0 ? fmt::format("process {}", pid) : "another process";
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
