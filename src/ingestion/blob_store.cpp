#include "ingestion/blob_store.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/hash2/sha2.hpp>

#include <cerrno>
#include <system_error>

#include "words/disk.hpp"

namespace docmind {
namespace {

constexpr std::string_view temporary_prefix = "upload-";

/// A second name for the file, opened; on failure there is none.
int link_and_open(const std::filesystem::path& file, const std::filesystem::path& name, std::uint64_t bytes) {
    std::error_code error;
    if (::link(file.c_str(), name.c_str()) != 0) {
        error = {errno, std::generic_category()};
        const bool has_no_links =
            error.value() == EPERM || error.value() == EXDEV || error.value() == EOPNOTSUPP || error.value() == EMLINK;
        if (has_no_links) std::filesystem::copy_file(file, name, error);
    }
    const int fd = error ? -1 : ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status{};
    if (!error && (fd < 0 || ::fstat(fd, &status) != 0)) error = {errno, std::generic_category()};
    if (!error && static_cast<std::uint64_t>(status.st_size) == bytes) return fd;
    if (fd >= 0) ::close(fd);
    ::unlink(name.c_str());
    if (error) fail_on_disk("keep", file, error.value());
    throw Error(errc::storage, fmt::format("{} does not have the {} bytes it should have.", file.string(), bytes));
}

}  // namespace

struct BlobStore::Writer::State {
    std::filesystem::path folder, temporary;
    std::uint64_t max_bytes = 0, bytes = 0;
    int fd = -1;
    boost::hash2::sha2_256 hash;
    std::string known_sha256;  // of a file that was complete before
};

BlobStore::BlobStore(std::filesystem::path folder) : folder_(std::move(folder)) {
    create_private_folder(folder_);
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (entry.path().filename().string().starts_with(temporary_prefix)) std::filesystem::remove(entry.path(), error);
    }
}

std::unique_ptr<BlobStore::Writer> BlobStore::create(std::uint64_t max_bytes) const {
    return std::make_unique<Writer>(folder_, max_bytes);
}

std::unique_ptr<BlobStore::Writer> BlobStore::adopt(const std::filesystem::path& file, std::uint64_t bytes, std::string sha256) const {
    return std::make_unique<Writer>(folder_, file, bytes, std::move(sha256));
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
    if (state_->fd < 0) fail_on_disk("create", state_->temporary, errno);
}

BlobStore::Writer::Writer(std::filesystem::path folder, const std::filesystem::path& file, std::uint64_t bytes, std::string sha256)
    : state_(std::make_unique<State>()) {
    state_->folder = std::move(folder);
    state_->temporary = state_->folder / (std::string(temporary_prefix) + make_id());
    state_->fd = link_and_open(file, state_->temporary, bytes);
    state_->bytes = bytes;
    state_->known_sha256 = std::move(sha256);
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
    write_to(state_->fd, bytes, state_->temporary);
}

std::string BlobStore::Writer::finish() {
    std::string sha256 = state_->known_sha256;
    if (sha256.empty()) {
        for (const unsigned char byte : state_->hash.result()) sha256 += fmt::format("{:02x}", byte);
    }
    if (::fsync(state_->fd) != 0) fail_on_disk("flush", state_->temporary, errno);
    ::close(state_->fd);
    state_->fd = -1;
    const std::filesystem::path target = state_->folder / sha256;
    if (::rename(state_->temporary.c_str(), target.c_str()) != 0) fail_on_disk("name", target, errno);
    // Where both are names of one file, rename() leaves both.
    ::unlink(state_->temporary.c_str());
    state_->temporary.clear();
    sync_folder(state_->folder);
    return sha256;
}

std::uint64_t BlobStore::Writer::bytes() const {
    return state_->bytes;
}

}  // namespace docmind
