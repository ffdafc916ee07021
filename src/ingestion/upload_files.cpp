#include "ingestion/upload_files.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <limits>
#include <map>
#include <system_error>

#include "words/disk.hpp"

namespace docmind {
namespace {

constexpr std::string_view format_line = "docmind-upload 1";
constexpr std::string_view bytes_suffix = ".bytes";
constexpr std::string_view state_suffix = ".state";
constexpr std::uint64_t max_state_bytes = 64 * 1024;

void write_all(int fd, std::string_view bytes, std::uint64_t at, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0) {
            if (errno == EINTR) continue;
            fail_on_disk("store", path, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
}

std::string one_line(std::string text) {
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    return text;
}

std::string to_text(const UploadState& state) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(state.touched.time_since_epoch()).count();
    return fmt::format("{}\nlength {}\noffset {}\ntouched {}\nname {}\ntype {}\nmetadata {}\ndocument {}\nduplicate {}\nend\n", format_line,
                       state.length, state.offset, seconds, one_line(state.name), one_line(state.media_type), one_line(state.metadata),
                       one_line(state.document_id), state.duplicate ? 1 : 0);
}

template <class Number>
bool parse(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

std::optional<UploadState> from_text(std::istream& in) {
    std::string line;
    if (!std::getline(in, line) || line != format_line) return std::nullopt;
    std::map<std::string, std::string> values;
    while (std::getline(in, line) && line != "end") {
        const std::size_t space = std::min(line.find(' '), line.size());
        values[line.substr(0, space)] = line.substr(std::min(space + 1, line.size()));
    }
    UploadState state{.name = values["name"],
                      .media_type = values["type"],
                      .metadata = values["metadata"],
                      .document_id = values["document"],
                      .duplicate = values["duplicate"] == "1"};
    std::int64_t seconds = 0;
    const bool whole = line == "end" && parse(values["length"], state.length) && parse(values["offset"], state.offset) &&
                       parse(values["touched"], seconds) && state.offset <= state.length;
    if (!whole) return std::nullopt;
    state.touched = std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    return state;
}

}  // namespace

UploadFiles::UploadFiles(std::filesystem::path folder) : folder_(std::move(folder)) {
    create_private_folder(folder_);
}

std::filesystem::path UploadFiles::bytes_path(const std::string& id) const {
    return folder_ / (id + std::string(bytes_suffix));
}

std::filesystem::path UploadFiles::state_path(const std::string& id) const {
    return folder_ / (id + std::string(state_suffix));
}

std::vector<UploadState> UploadFiles::load() const {
    std::vector<UploadState> states;
    std::vector<std::filesystem::path> leftovers;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() != state_suffix) {
            leftovers.push_back(path);
            continue;
        }
        const std::string id = path.stem().string();
        std::optional<UploadState> state;
        if (is_made_id(id) && entry.is_regular_file(error) && entry.file_size(error) <= max_state_bytes) {
            std::ifstream in(path, std::ios::binary);
            state = from_text(in);
        }
        if (!state) {
            leftovers.push_back(path);
            continue;
        }
        state->id = id;
        if (state->document_id.empty()) {
            const std::uint64_t size = std::filesystem::file_size(bytes_path(id), error);
            if (error || size < state->offset) {
                leftovers.push_back(path);
                continue;
            }
        }
        states.push_back(std::move(*state));
    }
    for (const UploadState& state : states) {
        if (state.document_id.empty()) std::erase(leftovers, bytes_path(state.id));
    }
    for (const std::filesystem::path& path : leftovers) std::filesystem::remove(path, error);
    std::ranges::sort(states, {}, &UploadState::touched);
    return states;
}

void UploadFiles::create(const UploadState& state) const {
    const std::filesystem::path bytes = bytes_path(state.id);
    const Descriptor file(::open(bytes.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) fail_on_disk("create", bytes, errno);
    try {
        save(state);
    } catch (const Error&) {
        ::unlink(bytes.c_str());
        throw;
    }
}

void UploadFiles::save(const UploadState& state) const {
    const std::filesystem::path target = state_path(state.id);
    const std::filesystem::path unfinished = target.string() + ".new";
    {
        const Descriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.get() < 0) fail_on_disk("create", unfinished, errno);
        write_all(file.get(), to_text(state), 0, unfinished);
        if (::fsync(file.get()) != 0) fail_on_disk("flush", unfinished, errno);
    }
    if (::rename(unfinished.c_str(), target.c_str()) != 0) fail_on_disk("name", target, errno);
    sync_folder(folder_);
}

void UploadFiles::remove(const std::string& id) const {
    // The state goes first: bytes alone are removed by the next start.
    if (::unlink(state_path(id).c_str()) != 0 && errno != ENOENT) fail_on_disk("remove", state_path(id), errno);
    remove_bytes(id);
}

void UploadFiles::remove_bytes(const std::string& id) const {
    if (::unlink(bytes_path(id).c_str()) != 0 && errno != ENOENT) fail_on_disk("remove", bytes_path(id), errno);
}

std::uint64_t UploadFiles::free_bytes() const {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder_, error);
    // What cannot be asked is found out by writing.
    return error ? std::numeric_limits<std::uint64_t>::max() : space.available;
}

void UploadHash::catch_up(const std::filesystem::path& bytes, std::uint64_t end, std::uint64_t max_bytes) {
    const Descriptor file(::open(bytes.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) fail_on_disk("read", bytes, errno);
    std::vector<char> buffer(256 * 1024);
    for (const std::uint64_t stop = std::min(end, hashed + max_bytes); hashed < stop;) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), stop - hashed));
        const ssize_t got = ::pread(file.get(), buffer.data(), wanted, static_cast<off_t>(hashed));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) fail_on_disk("read", bytes, got < 0 ? errno : EIO);
        hash.update(buffer.data(), static_cast<std::size_t>(got));
        hashed += static_cast<std::uint64_t>(got);
    }
}

std::string UploadHash::finish() {
    std::string hex;
    for (const unsigned char byte : hash.result()) hex += fmt::format("{:02x}", byte);
    return hex;
}

PieceWriter::PieceWriter(const std::filesystem::path& bytes, std::uint64_t offset, std::uint64_t length, UploadHash hash,
                         std::optional<PieceChecksum> checksum)
    : path_(bytes),
      begin_(offset),
      offset_(offset),
      flushed_(offset),
      length_(length),
      hash_(hash),
      hash_at_begin_(hash),
      checksum_(std::move(checksum)) {
    if (checksum_ && checksum_->algorithm == PieceChecksum::Algorithm::sha256) piece_hash_.emplace<boost::hash2::sha2_256>();
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd_ < 0) fail_on_disk("open", path_, errno);
    if (::ftruncate(fd_, static_cast<off_t>(offset)) != 0) {
        const int error = errno;
        ::close(fd_);
        fail_on_disk("shorten", path_, error);
    }
}

PieceWriter::~PieceWriter() {
    ::close(fd_);
}

void PieceWriter::write(std::string_view bytes) {
    if (bytes.size() > length_ - offset_) {
        throw Error(errc::too_large,
                    fmt::format("More bytes came than the {} that this upload was announced with (Upload-Length).", length_));
    }
    write_all(fd_, bytes, offset_, path_);
    if (hash_.hashed == offset_) {
        hash_.hash.update(bytes.data(), bytes.size());
        hash_.hashed += bytes.size();
    }
    if (checksum_) std::visit([bytes](auto& hash) { hash.update(bytes.data(), bytes.size()); }, piece_hash_);
    offset_ += bytes.size();
}

std::uint64_t PieceWriter::flush() {
    // After a flush that failed nobody knows what is on disk, and flushing again would not tell.
    if (lost_) fail_on_disk("flush", path_, EIO);
    if (flushed_ != offset_ && ::fdatasync(fd_) != 0) {
        lost_ = true;
        fail_on_disk("flush", path_, errno);
    }
    flushed_ = offset_;
    return offset_;
}

bool PieceWriter::conclude(bool is_whole) {
    if (kept_) return *kept_;
    bool keep = true;
    if (checksum_) {
        std::string digest;
        std::visit(
            [&digest](auto& hash) {
                for (const unsigned char byte : hash.result()) digest.push_back(static_cast<char>(byte));
            },
            piece_hash_);
        keep = is_whole && digest == checksum_->digest;
    }
    if (!keep) {
        hash_ = hash_at_begin_;
        offset_ = flushed_ = begin_;
        if (::ftruncate(fd_, static_cast<off_t>(begin_)) != 0) fail_on_disk("shorten", path_, errno);
    }
    kept_ = keep;
    return keep;
}

}  // namespace docmind
