#include "ingestion/blob_store.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/hash2/sha2.hpp>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace docmind {
namespace {

[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path, int error) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    throw Error(full ? errc::storage_full : errc::storage,
                full ? fmt::format("No space left to {} {}. Free some space and try again.", what, path.filename().string())
                     : fmt::format("Cannot {} {}: {}.", what, path.string(), std::strerror(error)));
}

void sync_folder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail("open", folder, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    if (result != 0) fail("flush", folder, error);
}

constexpr std::string_view temporary_prefix = "upload-";

}  // namespace

struct BlobStore::Writer::State {
    std::filesystem::path folder, temporary;
    std::uint64_t max_bytes = 0, bytes = 0;
    int fd = -1;
    boost::hash2::sha2_256 hash;
};

BlobStore::BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw Error(errc::storage, fmt::format("Cannot create {}: {}.", folder_.string(), error.message()));
    ::chmod(folder_.c_str(), 0700);
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (entry.path().filename().string().starts_with(temporary_prefix)) std::filesystem::remove(entry.path(), error);
    }
}

std::unique_ptr<BlobStore::Writer> BlobStore::create(std::uint64_t max_bytes) const {
    return std::make_unique<Writer>(folder_, max_bytes);
}

std::filesystem::path BlobStore::path(const std::string& sha256) const {
    return folder_ / sha256;
}

std::vector<std::string> BlobStore::list() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        std::string name = entry.path().filename().string();
        if (!name.starts_with(temporary_prefix)) names.push_back(std::move(name));
    }
    return names;
}

void BlobStore::remove(const std::string& sha256) const {
    std::error_code error;
    std::filesystem::remove(path(sha256), error);
    if (error) throw Error(errc::storage, fmt::format("Cannot remove {}: {}.", path(sha256).string(), error.message()));
}

BlobStore::Writer::Writer(std::filesystem::path folder, std::uint64_t max_bytes) : state_(std::make_unique<State>()) {
    state_->temporary = folder / (std::string(temporary_prefix) + make_id());
    state_->folder = std::move(folder);
    state_->max_bytes = max_bytes;
    state_->fd = ::open(state_->temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state_->fd < 0) fail("create", state_->temporary, errno);
}

BlobStore::Writer::~Writer() {
    if (state_->fd >= 0) ::close(state_->fd);
    if (!state_->temporary.empty()) ::unlink(state_->temporary.c_str());
}

void BlobStore::Writer::write(std::string_view bytes) {
    state_->bytes += bytes.size();
    if (state_->bytes > state_->max_bytes) {
        throw Error(errc::too_large, fmt::format("The file is larger than {} MiB. Raise server.max_upload_bytes, or split the file.",
                                                 state_->max_bytes / (1024 * 1024)));
    }
    state_->hash.update(bytes.data(), bytes.size());
    while (!bytes.empty()) {
        const ssize_t written = ::write(state_->fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            fail("store", state_->temporary, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string BlobStore::Writer::finish() {
    const auto digest = state_->hash.result();
    std::string sha256;
    for (const unsigned char byte : digest) sha256 += fmt::format("{:02x}", byte);
    if (::fsync(state_->fd) != 0) fail("flush", state_->temporary, errno);
    ::close(state_->fd);
    state_->fd = -1;
    const std::filesystem::path target = state_->folder / sha256;
    if (::rename(state_->temporary.c_str(), target.c_str()) != 0) fail("name", target, errno);
    state_->temporary.clear();
    sync_folder(state_->folder);
    return sha256;
}

std::uint64_t BlobStore::Writer::bytes() const {
    return state_->bytes;
}

}  // namespace docmind
