#include "backup/backup_file.hpp"

#include "words/disk.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace docmind {
namespace {

std::filesystem::path hidden_name(const std::filesystem::path& file) {
    return file.parent_path() / fmt::format(".{}.{}.unfinished", file.filename().string(), make_id());
}

}  // namespace

BackupFile::BackupFile(std::filesystem::path file, bool replace) : file_(std::filesystem::absolute(file)), replace_(replace) {
    folder_ = file_.parent_path();
    check_name();
    fd_ = ::open(folder_.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        temporary_ = hidden_name(file_);
        fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (fd_ >= 0) return;
    if (errno == ENOENT || errno == ENOTDIR)
        throw Error(errc::not_found, fmt::format("There is no folder {}. Make it, or choose another.", folder_.string()));
    fail_on_disk("write to", folder_, errno);
}

BackupFile::~BackupFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void BackupFile::check_name() const {
    struct stat status{};
    if (::lstat(file_.c_str(), &status) != 0) return;
    if (!S_ISREG(status.st_mode))
        throw Error(errc::conflict, fmt::format("{} is not a regular file. Name a file, or - for standard output.", file_.string()));
    if (!replace_) throw Error(errc::conflict, fmt::format("{} is there already. Choose another name, or use --force.", file_.string()));
}

void BackupFile::write(std::string_view bytes) {
    write_to(fd_, bytes, file_);
}

void BackupFile::finish() {
    if (::fsync(fd_) != 0) fail_on_disk("flush", file_, errno);
    check_name();
    if (temporary_.empty()) {
        const std::string opened = fmt::format("/proc/self/fd/{}", fd_);
        std::filesystem::path name = replace_ ? hidden_name(file_) : file_;
        if (::linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            if (errno == EEXIST) check_name();
            fail_on_disk("name", file_, errno);
        }
        if (replace_) temporary_ = std::move(name);
    } else if (!replace_) {
        // rename() would replace what came in between.
        if (::link(temporary_.c_str(), file_.c_str()) != 0) {
            if (errno == EEXIST) check_name();
            fail_on_disk("name", file_, errno);
        }
    }
    if (replace_) {
        if (::rename(temporary_.c_str(), file_.c_str()) != 0) fail_on_disk("name", file_, errno);
        temporary_.clear();
    }
    sync_folder(folder_);
}

}  // namespace docmind
