#include "readers/worker_protocol.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace docmind::worker_protocol {

namespace {

static_assert(std::endian::native == std::endian::little, "The numbers of a frame are little-endian.");

constexpr std::size_t word_bytes = 24;
constexpr std::size_t max_string = 16 * 1024;
constexpr std::size_t max_metadata = 32;
constexpr std::size_t max_title = 1024;

[[noreturn]] void fail(const char* what) {
    throw Error(errc::backend, std::string("The reader process sent nonsense: ") + what + ".");
}

template <class T>
void put(std::string& out, T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

void put(std::string& out, std::string_view text) {
    text = text.substr(0, max_string);
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void put(std::string& out, const Metadata& metadata) {
    const auto count = std::min(metadata.size(), max_metadata / 4);
    put(out, static_cast<std::uint32_t>(count));
    auto entry = metadata.begin();
    for (std::size_t i = 0; i < count; ++i, ++entry) {
        put(out, std::string_view(entry->first).substr(0, 1024));
        put(out, std::string_view(entry->second).substr(0, 8 * 1024));
    }
}

void put_frame(std::string& out, FrameType type, std::string_view payload) {
    put(out, static_cast<std::uint32_t>(payload.size()));
    out.push_back(static_cast<char>(type));
    out.append(payload);
}

std::string frame(FrameType type, std::string_view payload) {
    std::string out;
    put_frame(out, type, payload);
    return out;
}

/// Reads a payload from its front to its very end.
class Cursor {
  public:
    explicit Cursor(std::string_view rest) : rest_(rest) {}

    template <class T>
    T number() {
        T value;
        const auto bytes = take(sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string string() { return std::string(take(number<std::uint32_t>())); }
    Metadata metadata() {
        Metadata metadata;
        const auto count = number<std::uint32_t>();
        if (count > max_metadata) fail("too much metadata");
        for (std::uint32_t i = 0; i < count; ++i) {
            auto key = string();
            metadata[std::move(key)] = string();
        }
        return metadata;
    }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
    void end() const {
        if (!rest_.empty()) fail("a frame with bytes left over");
    }

  private:
    std::string_view take(std::size_t count) {
        if (count > rest_.size()) fail("a frame that ends too early");
        const auto bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }

    std::string_view rest_;
};

/// The codes a reader may fail with; any other name becomes `internal`.
constexpr std::array failure_codes = {errc::unsupported, errc::empty_document, errc::encrypted, errc::corrupt,
                                      errc::too_large,   errc::timeout,        errc::internal};

}  // namespace

std::string encode(const Request& request) {
    std::string payload;
    put(payload, std::string_view(request.name));
    put(payload, std::string_view(request.media_type));
    const ReadOptions& options = request.options;
    put(payload, static_cast<std::uint32_t>(options.ocr));
    put(payload, std::string_view(options.languages));
    put(payload, options.max_pages);
    put(payload, options.max_expanded_bytes);
    put(payload, options.max_expansion_ratio);
    put(payload, options.max_archive_depth);
    put(payload, options.max_archive_entries);
    put(payload, options.max_image_pixels);
    put(payload, options.max_cells);
    return frame(FrameType::request, payload);
}

std::string encode_heartbeat() {
    return frame(FrameType::heartbeat, {});
}

std::string encode(const DocumentHeader& document) {
    std::string payload;
    put(payload, std::string_view(document.media_type));
    put(payload, document.metadata);
    put(payload, document.expected_pages);
    return frame(FrameType::document, payload);
}

std::string encode(const Page& page) {
    std::string out, payload;
    put(payload, static_cast<std::uint32_t>(page.number));
    put(payload, page.width);
    put(payload, page.height);
    put_frame(out, FrameType::page, payload);
    for (std::size_t at = 0; at < page.text.size(); at += max_payload) {
        put_frame(out, FrameType::text, std::string_view(page.text).substr(at, max_payload));
    }
    payload.clear();
    for (const auto& word : page.words) {
        put(payload, word.begin);
        put(payload, word.end);
        for (const float edge : {word.x0, word.y0, word.x1, word.y1}) put(payload, edge);
        if (payload.size() + word_bytes <= max_payload) continue;
        put_frame(out, FrameType::words, payload);
        payload.clear();
    }
    if (!payload.empty()) put_frame(out, FrameType::words, payload);
    payload.clear();
    for (const auto& heading : page.headings) {
        put(payload, heading.begin);
        put(payload, static_cast<std::uint32_t>(heading.level));
        put(payload, std::string_view(heading.title).substr(0, max_title));
        if (payload.size() + max_title + 12 <= max_payload) continue;
        put_frame(out, FrameType::headings, payload);
        payload.clear();
    }
    if (!payload.empty()) put_frame(out, FrameType::headings, payload);
    return out;
}

std::string encode(const Done& done) {
    std::string payload;
    put(payload, done.pages);
    put(payload, done.facts);
    return frame(FrameType::done, payload);
}

std::string encode(const Failure& failure) {
    std::string payload;
    put(payload, to_string(failure.code));
    put(payload, std::string_view(failure.message));
    return frame(FrameType::failure, payload);
}

Request decode_request(std::string_view payload) {
    Cursor cursor(payload);
    Request request;
    request.name = cursor.string();
    request.media_type = cursor.string();
    ReadOptions& options = request.options;
    options.ocr = static_cast<OcrStrategy>(cursor.number<std::uint32_t>());
    options.languages = cursor.string();
    options.max_pages = cursor.number<std::uint32_t>();
    options.max_expanded_bytes = cursor.number<std::uint64_t>();
    options.max_expansion_ratio = cursor.number<std::uint32_t>();
    options.max_archive_depth = cursor.number<std::uint32_t>();
    options.max_archive_entries = cursor.number<std::uint32_t>();
    options.max_image_pixels = cursor.number<std::uint64_t>();
    options.max_cells = cursor.number<std::uint64_t>();
    cursor.end();
    return request;
}

DocumentHeader decode_document(std::string_view payload) {
    Cursor cursor(payload);
    DocumentHeader document;
    document.media_type = cursor.string();
    document.metadata = cursor.metadata();
    document.expected_pages = cursor.number<std::uint32_t>();
    cursor.end();
    return document;
}

PageHeader decode_page(std::string_view payload) {
    Cursor cursor(payload);
    PageHeader page;
    const auto number = cursor.number<std::uint32_t>();
    if (number > static_cast<std::uint32_t>(INT32_MAX)) fail("an impossible page number");
    page.number = static_cast<int>(number);
    page.width = cursor.number<float>();
    page.height = cursor.number<float>();
    cursor.end();
    return page;
}

std::vector<WordBox> decode_words(std::string_view payload) {
    if (payload.size() % word_bytes != 0) fail("half a word");
    Cursor cursor(payload);
    std::vector<WordBox> words(payload.size() / word_bytes);
    for (auto& word : words) {
        word.begin = cursor.number<std::uint32_t>();
        word.end = cursor.number<std::uint32_t>();
        for (float* edge : {&word.x0, &word.y0, &word.x1, &word.y1}) *edge = cursor.number<float>();
    }
    return words;
}

std::vector<Heading> decode_headings(std::string_view payload) {
    Cursor cursor(payload);
    std::vector<Heading> headings;
    while (!cursor.is_at_end()) {
        Heading heading;
        heading.begin = cursor.number<std::uint32_t>();
        heading.level = static_cast<int>(std::clamp<std::uint32_t>(cursor.number<std::uint32_t>(), 1, 9));
        heading.title = cursor.string();
        headings.push_back(std::move(heading));
    }
    return headings;
}

Done decode_done(std::string_view payload) {
    Cursor cursor(payload);
    Done done;
    done.pages = cursor.number<std::uint32_t>();
    done.facts = cursor.metadata();
    cursor.end();
    return done;
}

Failure decode_failure(std::string_view payload) {
    Cursor cursor(payload);
    const auto name = cursor.string();
    Failure failure;
    for (const errc code : failure_codes) {
        if (to_string(code) == name) failure.code = code;
    }
    failure.message = cursor.string();
    cursor.end();
    return failure;
}

std::optional<Frame> FrameDecoder::next() {
    const std::string_view rest = std::string_view(buffer_).substr(begin_);
    if (rest.size() < header_bytes) return std::nullopt;
    std::uint32_t length = 0;
    std::memcpy(&length, rest.data(), sizeof length);
    const auto type = static_cast<std::uint8_t>(rest[4]);
    if (type < static_cast<std::uint8_t>(FrameType::request) || type > static_cast<std::uint8_t>(FrameType::headings)) {
        fail("an unknown frame");
    }
    if (length > max_payload) fail("a frame that is too long");
    if (rest.size() < header_bytes + length) {
        // Only here, where little is left over: moving the rest at every frame would be quadratic.
        buffer_.erase(0, begin_);
        begin_ = 0;
        return std::nullopt;
    }
    Frame result{static_cast<FrameType>(type), std::string(rest.substr(header_bytes, length))};
    begin_ += header_bytes + length;
    return result;
}

}  // namespace docmind::worker_protocol
