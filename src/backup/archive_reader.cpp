#include "backup/archive_reader.hpp"

#include "words/disk.hpp"

#include <docmind/error.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;
constexpr int look_at_stop_ms = 100;  // where nothing comes

[[noreturn]] void throw_damaged() {
    throw Error(errc::corrupt, "This is no backup of DocMind, or it is damaged or incomplete. Take another one.");
}

}  // namespace

struct ArchiveReader::Input {
    Input(const std::filesystem::path& path, std::stop_token token)
        : file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), stop(std::move(token)) {
        if (file.get() < 0 && errno == ENOENT) throw Error(errc::not_found, fmt::format("There is no file {}.", path.string()));
        if (file.get() < 0) fail_on_disk("read", path, errno);
    }

    /// libarchive's: bytes, 0 at the end, -1 for an error.
    static la_ssize_t read(archive* reader, void* self, const void** bytes) {
        auto& input = *static_cast<Input*>(self);
        *bytes = input.buffer.data();
        for (;;) {
            if (input.stop.stop_requested()) return -1;
            pollfd waiting{.fd = input.file.get(), .events = POLLIN, .revents = 0};
            const int ready = ::poll(&waiting, 1, look_at_stop_ms);
            if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
            const ssize_t got = ::read(input.file.get(), input.buffer.data(), input.buffer.size());
            if (got >= 0) return got;
            if (errno == EINTR || errno == EAGAIN) continue;
            input.error = errno;
            archive_set_error(reader, errno, "%s", std::strerror(errno));
            return -1;
        }
    }

    Descriptor file;
    std::stop_token stop;
    int error = 0;
    std::array<char, piece_bytes> buffer;
};

ArchiveReader::ArchiveReader(const std::filesystem::path& file, std::stop_token stop)
    : input_(std::make_unique<Input>(file, std::move(stop))), archive_(archive_read_new(), &archive_read_free) {
    if (!archive_) throw std::bad_alloc();
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open(archive_.get(), input_.get(), nullptr, &Input::read, nullptr) != ARCHIVE_OK) fail();
}

ArchiveReader::~ArchiveReader() = default;

void ArchiveReader::fail() {
    if (input_->stop.stop_requested()) throw Error(errc::timeout, "Stopped. Nothing was changed.");
    if (input_->error != 0) throw Error(errc::storage, fmt::format("The backup cannot be read: {}.", std::strerror(input_->error)));
    throw_damaged();
}

std::optional<ArchiveReader::Member> ArchiveReader::next() {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_.get(), &entry);
    if (result == ARCHIVE_EOF) return std::nullopt;
    if (result != ARCHIVE_OK) fail();
    const char* name = archive_entry_pathname(entry);
    const bool is_plain = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr &&
                          archive_entry_symlink(entry) == nullptr && archive_entry_sparse_count(entry) == 0;
    if (!name || !is_plain || !archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0) {
        throw Error(errc::corrupt, "This backup cannot be used: something in it is not a regular file. Take another one.");
    }
    return Member{.name = name, .bytes = static_cast<std::uint64_t>(archive_entry_size(entry))};
}

std::string ArchiveReader::read() {
    std::string bytes(piece_bytes, '\0');
    const la_ssize_t got = archive_read_data(archive_.get(), bytes.data(), bytes.size());
    if (got < 0) fail();
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

}  // namespace docmind
