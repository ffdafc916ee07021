#include "storage/engine/search_snapshot.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/dense_block.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t name_length = 32;

/// At the start of the file; then the sizes of the segments, the dense blocks and the segments, each on a cache line.
struct Header {
    std::array<char, 8> kind{};
    std::uint64_t file_bytes = 0;
    std::uint64_t checksum = 0;  // of all that follows the header, and then of the header with a 0 here
    std::uint64_t dimension = 0, width = 0, dense_rows = 0, segments = 0;
    std::array<char, name_length> name{};
    std::array<char, 40> reserved{};  // up to the next cache line: nothing in the file is beyond the checksum
};
static_assert(sizeof(Header) == 128);
constexpr std::array<char, 8> file_kind{'D', 'M', 's', 'e', 'a', 'r', '0', '1'};

std::size_t on_line(std::size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

/// An open file descriptor.
class File {
  public:
    File(const std::filesystem::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

  private:
    int descriptor_;
};

[[noreturn]] void fail(const std::filesystem::path& file) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    throw Error(full ? errc::storage_full : errc::storage, fmt::format("{} cannot be written: {}.", file.string(), std::strerror(reason)));
}

void write_all(int descriptor, const std::byte* data, std::size_t size, std::size_t at, const std::filesystem::path& file) {
    while (size > 0) {
        const ssize_t written = ::pwrite(descriptor, data, size, static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail(file);
        data += written;
        at += static_cast<std::size_t>(written);
        size -= static_cast<std::size_t>(written);
    }
}

class Hash {
  public:
    Hash() : state_(XXH3_createState()) {
        if (state_ == nullptr) throw std::bad_alloc();
        XXH3_64bits_reset(state_);
    }
    ~Hash() { XXH3_freeState(state_); }
    Hash(const Hash&) = delete;
    Hash& operator=(const Hash&) = delete;
    void add(const void* data, std::size_t size) { XXH3_64bits_update(state_, data, size); }
    [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(state_); }

  private:
    XXH3_state_t* state_;
};

std::uint64_t checksum(Header header, std::uint64_t of_rest) {
    header.checksum = 0;
    Hash hash;
    hash.add(&of_rest, sizeof of_rest);
    hash.add(&header, sizeof header);
    return hash.value();
}

/// The file as it grows; each piece begins on a cache line.
class Pieces {
  public:
    Pieces(int descriptor, const std::filesystem::path& file) : descriptor_(descriptor), file_(file) {}
    void add(const void* data, std::size_t size) {
        constexpr std::array<std::byte, 64> zeros{};
        put(static_cast<const std::byte*>(data), size);
        put(zeros.data(), on_line(end_) - end_);
    }
    [[nodiscard]] std::size_t end() const noexcept { return end_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_.value(); }

  private:
    void put(const std::byte* data, std::size_t size) {
        hash_.add(data, size);
        write_all(descriptor_, data, size, end_, file_);
        end_ += size;
    }
    int descriptor_;
    const std::filesystem::path& file_;
    std::size_t end_ = sizeof(Header);
    Hash hash_;
};

/// The live rows, block by block. Rows behind the snapshot's end are being written meanwhile: they are not looked at.
void add_dense(Pieces& pieces, const DenseSnapshot& dense, std::size_t width) {
    const auto copied = std::make_unique<DenseBlock>(width);
    std::size_t rows = 0;
    const auto put = [&] {
        pieces.add(copied->owner.get(), DenseBlock::bytes(width));
        std::memset(copied->owner.get(), 0, DenseBlock::bytes(width));
        rows = 0;
    };
    std::memset(copied->owner.get(), 0, DenseBlock::bytes(width));
    for (const DenseSnapshot::Part& part : dense.parts()) {
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (part.is_dead(row)) continue;
            copied->copy_row(rows, *part.block, row);
            if (++rows == DenseBlock::capacity) put();
        }
    }
    if (rows > 0) put();
}

std::vector<std::shared_ptr<const TextSegment>> live_segments(const TextSnapshot& text) {
    std::vector<std::shared_ptr<const TextSegment>> segments;
    for (const TextSegmentPart& part : text.parts()) {
        segments.push_back(part.dead ? merge_segments(std::span(&part, 1)) : part.segment);
    }
    return segments;
}

template <class Part>
std::size_t rows_of(const std::vector<Part>& parts) {
    std::size_t rows = 0;
    for (const Part& part : parts) rows += part.live;
    return rows;
}

/// The whole file.
std::shared_ptr<void> map(const std::filesystem::path& path, std::size_t& size) {
    const File file(path, O_RDONLY);
    struct stat status{};
    if (file.get() < 0 || fstat(file.get(), &status) != 0 || status.st_size <= 0) return nullptr;
    size = static_cast<std::size_t>(status.st_size);
    void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
    if (memory == MAP_FAILED) return nullptr;
    return {memory, [size](void* mapped) { munmap(mapped, size); }};
}

}  // namespace

void write_search_snapshot(const std::filesystem::path& file, const std::string& name, const DenseSnapshot& dense,
                           const TextSnapshot& text) {
    const std::filesystem::path unfinished = unfinished_search_snapshot(file);
    const auto segments = live_segments(text);
    Header header{
        .kind = file_kind, .dimension = dense.dimension(), .width = dense.width(), .dense_rows = dense.size(), .segments = segments.size()};
    std::ranges::copy_n(name.begin(), static_cast<std::ptrdiff_t>(std::min(name.size(), name_length)), header.name.begin());
    try {
        const File out(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
        if (out.get() < 0) fail(unfinished);
        Pieces pieces(out.get(), unfinished);
        std::vector<std::uint64_t> sizes;
        for (const auto& segment : segments) sizes.push_back(segment->image().size());
        pieces.add(sizes.data(), sizes.size() * sizeof(std::uint64_t));
        add_dense(pieces, dense, header.width);
        for (const auto& segment : segments) pieces.add(segment->image().data(), segment->image().size());
        header.file_bytes = pieces.end();
        header.checksum = checksum(header, pieces.hash());
        write_all(out.get(), reinterpret_cast<const std::byte*>(&header), sizeof header, 0, unfinished);
        if (fsync(out.get()) != 0) fail(unfinished);
        crash_point("storage.snapshot.before_rename");
        if (std::rename(unfinished.c_str(), file.c_str()) != 0) fail(file);
        const File folder(file.parent_path(), O_RDONLY | O_DIRECTORY);
        if (folder.get() < 0 || fsync(folder.get()) != 0) fail(file.parent_path());
        crash_point("storage.snapshot.after_rename");
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        throw;
    }
}

std::filesystem::path unfinished_search_snapshot(const std::filesystem::path& file) {
    return file.string() + ".new";
}

std::optional<SearchSnapshot> read_search_snapshot(const std::filesystem::path& file) {
    std::size_t size = 0;
    const std::shared_ptr<void> memory = map(file, size);
    Header header;
    constexpr std::size_t first = sizeof header;
    if (!memory || size < first) return std::nullopt;
    auto* bytes = static_cast<std::byte*>(memory.get());
    std::memcpy(&header, bytes, sizeof header);
    if (header.kind != file_kind || header.file_bytes != size) return std::nullopt;
    if (checksum(header, XXH3_64bits(bytes + first, size - first)) != header.checksum) return std::nullopt;

    // What the checksum vouches for was written by this program; sizes are looked at all the same before they are used.
    SearchSnapshot snapshot{.name = std::string(header.name.data(), name_length), .dimension = header.dimension};
    std::size_t at = first;
    const auto take = [&](std::size_t length) -> std::byte* {
        if (length > size - at) return nullptr;
        std::byte* taken = bytes + at;
        at = std::min(size, at + on_line(length));
        return taken;
    };
    if (header.segments > size / sizeof(std::uint64_t) || header.width > 1U << 17U) return std::nullopt;
    std::vector<std::uint64_t> sizes(header.segments);
    const std::byte* stored_sizes = take(sizes.size() * sizeof(std::uint64_t));
    if (stored_sizes == nullptr) return std::nullopt;
    if (!sizes.empty()) std::memcpy(sizes.data(), stored_sizes, sizes.size() * sizeof(std::uint64_t));
    for (std::size_t left = header.dense_rows; left > 0;) {
        std::byte* block = take(DenseBlock::bytes(header.width));
        if (block == nullptr) return std::nullopt;
        const std::size_t rows = std::min(left, DenseBlock::capacity);
        auto shared = std::make_shared<const DenseBlock>(header.width, std::shared_ptr<void>(memory, block));
        snapshot.dense.push_back({.block = std::move(shared), .rows = rows, .live = rows, .dead = nullptr});
        left -= rows;
    }
    try {
        for (const std::uint64_t length : sizes) {
            const std::byte* image = take(length);
            if (image == nullptr) return std::nullopt;
            auto segment = std::make_shared<const TextSegment>(memory, std::span(image, length));
            const std::size_t rows = segment->rows();
            snapshot.text.push_back({.segment = std::move(segment), .dead = nullptr, .live = rows});
        }
    } catch (const Error&) {
        return std::nullopt;
    }
    if (rows_of(snapshot.dense) != rows_of(snapshot.text)) return std::nullopt;
    return snapshot;
}

void SearchSnapshotWriter::start(std::string name, std::shared_ptr<const DenseSnapshot> dense, std::shared_ptr<const TextSnapshot> text) {
    busy_ = true;
    thread_ = std::jthread([this, name = std::move(name), dense = std::move(dense), text = std::move(text)] {
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
        try {
            write_search_snapshot(file_, name, *dense, *text);
        } catch (const std::exception& error) {
            spdlog::warn("the search indexes are not kept for the next start: {}", error.what());
        }
        busy_ = false;
    });
}

}  // namespace docmind
