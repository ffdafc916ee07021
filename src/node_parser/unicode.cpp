#include "node_parser/unicode.hpp"

#include <algorithm>
#include <array>

namespace docmind::unicode {
namespace {

bool is_continuation(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

template <std::size_t N>
bool one_of(char32_t c, const std::array<char32_t, N>& set) noexcept {
    return std::ranges::find(set, c) != set.end();
}

}  // namespace

CodePoint decode(std::string_view text, std::size_t at) noexcept {
    if (at >= text.size()) return {};
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4 || at + length > text.size()) return {first, 1};
    char32_t value = first & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[at + i])) return {first, 1};
        value = (value << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    }
    static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {first, 1};
    return {value, length};
}

CodePoint decode_before(std::string_view text, std::size_t at) noexcept {
    if (at == 0) return {};
    for (std::size_t length = 1; length <= std::min<std::size_t>(4, at); ++length) {
        if (is_continuation(text[at - length])) continue;
        const CodePoint c = decode(text, at - length);
        if (c.length == length) return c;
        break;
    }
    return {static_cast<unsigned char>(text[at - 1]), 1};
}

std::size_t floor_border(std::string_view text, std::size_t at) noexcept {
    if (at >= text.size()) return text.size();
    for (std::size_t back = 0; back < 4 && back <= at; ++back) {
        if (is_continuation(text[at - back])) continue;
        return decode(text, at - back).length > back ? at - back : at;
    }
    return at;
}

bool is_space(char32_t c) noexcept {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

bool is_lower(char32_t c) noexcept {
    if (c < 0x80) return c >= 'a' && c <= 'z';
    if (c >= 0xDF && c <= 0xFF) return c != 0xF7;
    if (c >= 0x100 && c <= 0x137) return (c & 1) == 1;
    if (c >= 0x139 && c <= 0x148) return (c & 1) == 0;
    if (c >= 0x14A && c <= 0x177) return (c & 1) == 1;
    return (c >= 0x3AC && c <= 0x3CE) || (c >= 0x430 && c <= 0x45F) || (c >= 0x561 && c <= 0x587);
}

bool is_full_stop_without_space(char32_t c) noexcept {
    static constexpr std::array<char32_t, 12> marks{U'。', U'！', U'？', U'｡', U'．', U'︒', U'।', U'॥', U'။', U'។', U'።', U'፧'};
    return c >= 0x80 && one_of(c, marks);
}

bool is_full_stop(char32_t c) noexcept {
    static constexpr std::array<char32_t, 7> marks{U'.', U'!', U'?', U'…', U'؟', U'۔', U'։'};
    return one_of(c, marks);
}

bool is_closer(char32_t c) noexcept {
    static constexpr std::array<char32_t, 20> marks{U'"',  U'\'', U')',  U']',  U'}',  U'”',  U'’',  U'»',  U'›',  U'」',
                                                    U'』', U'）', U'】', U'》', U'〉', U'］', U'＂', U'＇', U'〕', U'〗'};
    return one_of(c, marks);
}

bool is_opener(char32_t c) noexcept {
    static constexpr std::array<char32_t, 16> marks{U'"', U'\'', U'(',  U'[',  U'{',  U'“',  U'‘', U'„',
                                                    U'«', U'‹',  U'「', U'『', U'（', U'【', U'¿', U'¡'};
    return one_of(c, marks);
}

Range trim(std::string_view text, Range range) noexcept {
    while (range.begin < range.end) {
        const CodePoint c = decode(text, range.begin);
        if (!is_space(c.value)) break;
        range.begin = std::min(range.begin + c.length, range.end);
    }
    while (range.end > range.begin) {
        const CodePoint c = decode_before(text, range.end);
        if (!is_space(c.value)) break;
        range.end = std::max(range.end - c.length, range.begin);
    }
    return range;
}

}  // namespace docmind::unicode
