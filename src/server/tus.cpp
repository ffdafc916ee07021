#include "server/tus.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <set>

#include "net/http_message.hpp"

namespace docmind::tus {
namespace {

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

bool is_key(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        ++padding;
    }
    std::string bytes;
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<char>(bits >> held & 0xff));
    }
    // What no byte was made of must be zero.
    if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
    return bytes;
}

Metadata parse_metadata(std::string_view text) {
    const auto malformed = [] {
        return Error(errc::invalid_argument,
                     "Upload-Metadata should be pairs of a key and a Base64 value, separated by commas: filename bm90ZXMudHh0.");
    };
    Metadata metadata;
    std::string name, type;
    std::set<std::string_view> seen;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view pair = trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t space = std::min(pair.find(' '), pair.size());
        const std::string_view key = pair.substr(0, space);
        std::optional<std::string> value = decode_base64(trim(pair.substr(space)));
        if (!is_key(key) || !value || !seen.insert(key).second) throw malformed();
        if (key == "filename")
            metadata.name = std::move(*value);
        else if (key == "filetype")
            metadata.media_type = std::move(*value);
        else if (key == "name")
            name = std::move(*value);
        else if (key == "type")
            type = std::move(*value);
    }
    if (metadata.name.empty()) metadata.name = std::move(name);
    if (metadata.media_type.empty()) metadata.media_type = std::move(type);
    metadata.name = to_valid_utf8(std::move(metadata.name));
    metadata.media_type = media_type_of(to_valid_utf8(std::move(metadata.media_type)).substr(0, 200));
    return metadata;
}

PieceChecksum parse_checksum(std::string_view text) {
    const std::size_t space = text.find(' ');
    const std::string_view algorithm = text.substr(0, space);
    PieceChecksum checksum;
    std::size_t bytes = 20;
    if (algorithm == "sha256") {
        checksum.algorithm = PieceChecksum::Algorithm::sha256;
        bytes = 32;
    } else if (algorithm != "sha1") {
        throw Error(errc::invalid_argument, fmt::format("Upload-Checksum may use one of {}.", checksum_algorithms));
    }
    std::optional<std::string> digest = decode_base64(space == std::string_view::npos ? "" : trim(text.substr(space)));
    if (!digest || digest->size() != bytes) {
        throw Error(errc::invalid_argument, "Upload-Checksum should be the name of an algorithm, a space, and the digest in Base64.");
    }
    checksum.digest = std::move(*digest);
    return checksum;
}

std::uint64_t parse_number(std::string_view header, const std::string* text) {
    std::uint64_t value = 0;
    if (text) {
        const char* const end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, value);
        if (error == std::errc{} && stop == end) return value;
    }
    throw Error(errc::invalid_argument, fmt::format("{} must be a number of bytes.", header));
}

std::string http_date(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> buffer{};
    return {buffer.data(), std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace docmind::tus
