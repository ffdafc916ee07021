// The original bytes of a document: always an attachment, never something a browser would show as ours.

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "async/offload.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

struct OpenFile {
    explicit OpenFile(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
        struct stat status{};
        if (fd < 0 || ::fstat(fd, &status) != 0) throw Error(errc::not_found, "The original file is not there any more.");
        size = static_cast<std::uint64_t>(status.st_size);
    }
    ~OpenFile() {
        if (fd >= 0) ::close(fd);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int fd;
    std::uint64_t size = 0;
};

class FileBody final : public BodySource {
  public:
    FileBody(Pool& pool, std::shared_ptr<OpenFile> file, std::uint64_t begin, std::uint64_t end)
        : pool_(pool), file_(std::move(file)), at_(begin), end_(end) {}

    Task<std::optional<std::string>> next() override {
        if (at_ == end_) co_return std::nullopt;
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes, end_ - at_));
        auto read = [file = file_, at = at_, wanted](std::stop_token) {
            std::string bytes(wanted, '\0');
            const ssize_t got = ::pread(file->fd, bytes.data(), wanted, static_cast<off_t>(at));
            if (got <= 0) throw Error(errc::storage, "The original file cannot be read.");
            bytes.resize(static_cast<std::size_t>(got));
            return bytes;
        };
        std::string bytes = co_await offload(pool_, Priority::interactive, std::move(read));
        at_ += bytes.size();
        co_return std::optional(std::move(bytes));
    }

  private:
    Pool& pool_;
    std::shared_ptr<OpenFile> file_;
    std::uint64_t at_, end_;
};

struct ByteRange {
    std::uint64_t begin = 0, end = 0;  // [begin, end)
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One byte range (RFC 9110, 14.1.2); nullopt where it is none that can be met. Several ranges are not served.
std::optional<ByteRange> parse_range(std::string_view text, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!text.starts_with(unit)) return std::nullopt;
    text.remove_prefix(unit.size());
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return std::nullopt;
    const std::optional<std::uint64_t> first = number(text.substr(0, dash));
    const std::optional<std::uint64_t> last = number(text.substr(dash + 1));
    if (!first && dash == 0 && last && *last > 0) return ByteRange{size - std::min(*last, size), size};
    if (!first || *first >= size || (!last && dash + 1 != text.size()) || (last && *last < *first)) return std::nullopt;
    return ByteRange{*first, last ? std::min(*last + 1, size) : size};
}

/// filename= for old clients, filename*= (RFC 8187) for what is beyond ASCII.
std::string disposition(const std::string& name) {
    std::string plain;
    for (const char c : name) plain.push_back(c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? c : '_');
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, percent_encode(name));
}

}  // namespace

Task<HttpResponse> get_content(Call call) {
    const DocumentRecord record = co_await call.services.documents.aget(call.arguments[0]);
    if (record.sha256.empty()) throw Error(errc::not_found, "This document was given as text: it has no original file.");
    auto open = [path = call.services.ingestion.content_path(record).string()](std::stop_token) {
        return std::make_shared<OpenFile>(path);
    };
    const std::shared_ptr<OpenFile> file = co_await offload(call.services.files, Priority::interactive, std::move(open));

    HttpResponse response;
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("Content-Disposition", disposition(record.name));
    response.headers.add("Accept-Ranges", "bytes");
    ByteRange range{0, file->size};
    if (const std::string* asked = call.request.headers.find("range")) {
        const std::optional<ByteRange> parsed = parse_range(*asked, file->size);
        if (!parsed) {
            response = problem_response(errc::invalid_argument, "That byte range cannot be served.", call.request.id, 416);
            response.headers.add("Content-Range", fmt::format("bytes */{}", file->size));
            co_return response;
        }
        range = *parsed;
        response.status = 206;
        response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range.begin, range.end - 1, file->size));
    }
    response.stream = std::make_unique<FileBody>(call.services.files, file, range.begin, range.end);
    response.stream_bytes = range.end - range.begin;
    co_return response;
}

}  // namespace docmind
