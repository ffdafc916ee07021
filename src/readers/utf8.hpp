#pragma once
// One character at a time from bytes that may not be UTF-8 at all.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace docmind::utf8 {

inline constexpr char32_t replacement = 0xFFFD;

/// The first character of a non-empty text and its length in bytes. An invalid sequence (overlong, surrogate, cut off, over U+10FFFF)
/// is U+FFFD of the length of its longest valid beginning, at least 1 (Unicode 15, 3.9, "maximal subparts").
[[nodiscard]] inline std::pair<char32_t, std::size_t> decode(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 1;
    if (length == 1) return {replacement, 1};
    char32_t c = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size()) return {replacement, i};
        // The second byte's range keeps out overlong forms, surrogates and what lies over U+10FFFF.
        const unsigned char low = i > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = i > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (byte(i) < low || byte(i) > high) return {replacement, i};
        c = (c << 6) | (byte(i) & 0x3FU);
    }
    return {c, length};
}

/// Appends one character. Surrogates and numbers over U+10FFFF become U+FFFD.
inline void append(std::string& out, char32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = replacement;
    const auto put = [&out](char32_t b) { out.push_back(static_cast<char>(b)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 0x3F));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

}  // namespace docmind::utf8
