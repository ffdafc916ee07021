#pragma once
// The little that splitting needs to know of Unicode: code points, white space, sentence marks. No tables, no locale.

#include <cstddef>
#include <string_view>

namespace docmind::unicode {

/// One code point of UTF-8 text. A byte that is no part of well-formed UTF-8 counts as one code point of its own.
struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0;  ///< bytes; 0 at the end of the text
};

[[nodiscard]] CodePoint decode(std::string_view text, std::size_t at) noexcept;
/// The code point that ends right before `at`.
[[nodiscard]] CodePoint decode_before(std::string_view text, std::size_t at) noexcept;
/// The last border between code points at or before `at`.
[[nodiscard]] std::size_t floor_border(std::string_view text, std::size_t at) noexcept;

/// White space as Unicode defines it, and the zero-width space.
[[nodiscard]] bool is_space(char32_t c) noexcept;
/// A lower-case letter of the Latin, Greek, Cyrillic or Armenian script.
[[nodiscard]] bool is_lower(char32_t c) noexcept;
/// A mark that ends a sentence wherever it stands, as in scripts that put no space behind it: 。 ！ ？ । ።
[[nodiscard]] bool is_full_stop_without_space(char32_t c) noexcept;
/// A mark that may end a sentence if white space follows: . ! ? … ؟
[[nodiscard]] bool is_full_stop(char32_t c) noexcept;
/// Quotes and brackets that belong to the sentence they close.
[[nodiscard]] bool is_closer(char32_t c) noexcept;
/// Quotes and brackets that may stand before the first word of a sentence.
[[nodiscard]] bool is_opener(char32_t c) noexcept;

/// [begin, end) without the white space at both ends.
struct Range {
    std::size_t begin = 0, end = 0;
    [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
    [[nodiscard]] bool empty() const noexcept { return begin == end; }
};
[[nodiscard]] Range trim(std::string_view text, Range range) noexcept;

}  // namespace docmind::unicode
