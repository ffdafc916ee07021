#include "embeddings/base64.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace docmind {

namespace {

constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i) table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

static_assert(std::endian::native == std::endian::little);

}  // namespace

std::optional<std::vector<float>> floats_of_base64(std::string_view text) {
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    const std::size_t size = text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1);
    if (text.size() % 4 == 1 || size % sizeof(float) != 0) return std::nullopt;
    std::vector<float> floats(size / sizeof(float));
    auto* out = reinterpret_cast<unsigned char*>(floats.data());
    std::uint8_t seen = 0;  // has its highest bit once a character was no digit
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const std::uint8_t digit = i + j < text.size() ? digits[static_cast<unsigned char>(text[i + j])] : 0;
            seen |= digit;
            bits = bits << 6 | (digit & 0x3F);
        }
        for (int shift = 16; shift >= 0 && at < size; shift -= 8) out[at++] = static_cast<unsigned char>(bits >> shift);
    }
    if ((seen & 0x80) != 0) return std::nullopt;
    return floats;
}

}  // namespace docmind
