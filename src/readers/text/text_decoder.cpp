#include "readers/text/text_decoder.hpp"

#include "readers/sniff.hpp"
#include "readers/text/charset.hpp"
#include "readers/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace docmind {

namespace {

using namespace std::string_view_literals;

// Bytes over 0x7F that say nothing about the encoding.
constexpr std::size_t few_bytes = 8;

// 0x80 to 0x9F of Windows-1252; the rest equals Unicode. 0 = not assigned.
constexpr std::array<char32_t, 32> windows_1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                   0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                   0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

template <std::size_t width, bool big_endian>
std::string from_wide(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    const auto unit = [bytes](std::size_t at) {
        char32_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            const std::size_t place = big_endian ? width - 1 - i : i;
            value |= static_cast<char32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * place);
        }
        return value;
    };
    std::size_t at = 0;
    for (; at + width <= bytes.size(); at += width) {
        char32_t c = unit(at);
        if (width == 2 && c >= 0xD800 && c < 0xDC00 && at + 4 <= bytes.size()) {
            const char32_t low = unit(at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        utf8::append(out, c);
    }
    if (at < bytes.size()) utf8::append(out, utf8::replacement);
    return out;
}

std::string from_windows_1252(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (const char byte : bytes) {
        const auto c = static_cast<unsigned char>(byte);
        const char32_t assigned = c >= 0x80 && c < 0xA0 ? windows_1252[c - 0x80] : c;
        utf8::append(out, assigned == 0 && c != 0 ? utf8::replacement : assigned);
    }
    return out;
}

std::string repaired(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const auto [c, length] = utf8::decode(bytes.substr(i));
        utf8::append(out, c);
        i += length;
    }
    return out;
}

struct Census {
    std::size_t letters = 0;     // of ASCII
    std::size_t multibyte = 0;   // valid UTF-8 characters of two bytes and more
    std::size_t invalid = 0;     // bytes that are not UTF-8
    std::size_t unassigned = 0;  // of those, bytes that Windows-1252 does not have
};

Census census_of(std::string_view bytes) {
    Census census;
    for (std::size_t i = 0; i < bytes.size();) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte < 0x80) {
            if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ++census.letters;
            ++i;
            continue;
        }
        const auto [c, length] = utf8::decode(bytes.substr(i));
        const bool valid = length > 1 && (c != utf8::replacement || bytes.substr(i, length) == "\xEF\xBF\xBD"sv);
        if (valid) {
            ++census.multibyte;
            i += length;
        } else {
            ++census.invalid;
            if (byte < 0xA0 && windows_1252[byte - 0x80] == 0) ++census.unassigned;
            ++i;
        }
    }
    return census;
}

/// Text whose bytes over 0x7F are not UTF-8.
std::string from_legacy(std::string_view bytes, const Census& census) {
    // A few accented letters among many plain ones: every guess but the one is as good as any other.
    const bool is_western = census.unassigned == 0 && (census.invalid < few_bytes || census.invalid * 50 < census.letters);
    if (is_western) return from_windows_1252(bytes);
    if (auto text = from_charset(bytes, guess_charset(bytes)); text && census.invalid >= few_bytes) return *std::move(text);
    return census.unassigned == 0 ? from_windows_1252(bytes) : repaired(bytes);
}

std::string value_behind(std::string_view text, std::string_view key) {
    const auto at = text.find(key);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + key.size());
    const auto first = text.find_first_not_of(" \t\r\n=\"'");
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    return std::string(text.substr(0, text.find_first_of(" \t\r\n\"'/>?;")));
}

}  // namespace

std::string decode_text(std::string_view bytes, std::string_view declared) {
    const auto after = [bytes](std::string_view mark) { return bytes.substr(mark.size()); };
    // UTF-32 first: its little-endian mark begins with that of UTF-16.
    if (bytes.starts_with("\xFF\xFE\0\0"sv)) return from_wide<4, false>(bytes.substr(4));
    if (bytes.starts_with("\0\0\xFE\xFF"sv)) return from_wide<4, true>(bytes.substr(4));
    if (bytes.starts_with("\xFF\xFE"sv)) return from_wide<2, false>(after("\xFF\xFE"sv));
    if (bytes.starts_with("\xFE\xFF"sv)) return from_wide<2, true>(after("\xFE\xFF"sv));
    if (bytes.starts_with("\xEF\xBB\xBF"sv)) return repaired(after("\xEF\xBB\xBF"sv));
    if (const auto wide = wide_charset(bytes); !wide.empty()) {
        if (wide == "UTF-32LE") return from_wide<4, false>(bytes);
        if (wide == "UTF-32BE") return from_wide<4, true>(bytes);
        return wide == "UTF-16LE" ? from_wide<2, false>(bytes) : from_wide<2, true>(bytes);
    }
    // Encodings of 7 bits are ASCII to the eye: ISO-2022 has escape sequences, and the others must be declared.
    const bool escapes = bytes.find("\x1B$"sv) != std::string_view::npos || bytes.find("\x1B("sv) != std::string_view::npos;
    const std::string name = ascii_lower(declared);
    if (escapes || name == "utf-7" || name == "hz-gb-2312") {
        const bool is_named = name.starts_with("iso-2022-") || !escapes;
        if (auto text = from_charset(bytes, is_named ? name : "iso-2022-jp"); text && text->find("\uFFFD") == std::string::npos)
            return *text;
    }
    const Census census = census_of(bytes);
    if (census.invalid == 0) return std::string(bytes);
    // UTF-8 with a few bytes lost is still mostly valid. In other encodings a sequence that is valid UTF-8 is an accident.
    const bool is_utf8 = census.multibyte >= census.invalid;
    if (is_utf8) return repaired(bytes);
    if (auto text = from_charset(bytes, declared); text && name != "utf-8" && name != "us-ascii") return *std::move(text);
    return from_legacy(bytes, census);
}

std::string declared_charset(std::string_view markup) {
    const std::string head = ascii_lower(markup.substr(0, 1024));
    if (const auto xml = head.find("<?xml"); xml != std::string::npos) {
        const auto declaration = std::string_view(head).substr(xml, head.find("?>", xml) - xml);
        if (auto name = value_behind(declaration, "encoding"); !name.empty()) return name;
    }
    const auto meta = head.find("<meta");
    return meta == std::string::npos ? std::string() : value_behind(std::string_view(head).substr(meta), "charset");
}

}  // namespace docmind
