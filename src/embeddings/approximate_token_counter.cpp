#include "embeddings/approximate_token_counter.hpp"

#include <cstddef>

namespace docmind {

namespace {

/// Tokens in quarters, of one character inside a word; 0 where it is no letter of a word.
constexpr std::uint32_t quarters_of_letter(std::uint32_t c) noexcept {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return 1;
    if (c < 0xC0) return 0;
    if (c < 0x0300) return 2;                 // Latin with accents
    if (c < 0x2000 && c != 0x1680) return 2;  // Greek, Cyrillic, Arabic, Indic and other alphabets, with their marks
    return 0;
}

constexpr bool is_space(std::uint32_t c) noexcept {
    return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200F) || c == 0x202F || c == 0x3000 || c == 0xFEFF;
}

/// The character at `at`, which moves behind it; a byte that begins none counts as one.
std::uint32_t next_character(std::string_view text, std::size_t* at) noexcept {
    const auto first = static_cast<unsigned char>(text[(*at)++]);
    if (first < 0xC2 || first > 0xF4) return first < 0x80 ? first : 0xFFFD;
    const std::size_t more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    std::uint32_t c = first & (0x3F >> more);
    for (std::size_t i = 0; i < more; ++i, ++*at) {
        if (*at == text.size() || (static_cast<unsigned char>(text[*at]) & 0xC0) != 0x80) return 0xFFFD;
        c = c << 6 | (static_cast<unsigned char>(text[*at]) & 0x3F);
    }
    return c;
}

std::uint32_t estimate(std::string_view text) noexcept {
    std::uint32_t tokens = 0;
    std::uint32_t quarters = 0;  // of the word so far
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t c = next_character(text, &at);
        if (const std::uint32_t letter = quarters_of_letter(c); letter > 0) {
            quarters += letter;
            continue;
        }
        tokens += (quarters + 3) / 4;
        quarters = 0;
        if (!is_space(c)) tokens += c >= 0x1F000 && c < 0x20000 ? 2 : 1;
    }
    return tokens + (quarters + 3) / 4;
}

}  // namespace

std::vector<std::uint32_t> ApproximateTokenCounter::count_tokens(const std::vector<std::string>& texts) const {
    std::vector<std::uint32_t> counts;
    counts.reserve(texts.size());
    for (const std::string& text : texts) counts.push_back(estimate(text));
    return counts;
}

}  // namespace docmind
