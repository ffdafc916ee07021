#pragma once
// "Which numbers does this base64 text hold?" Servers write vectors so in half the bytes of decimal digits.

#include <optional>
#include <string_view>
#include <vector>

namespace docmind {

/// The 32-bit little-endian floats in `text`, with or without padding at its end; nullopt for anything that is not whole.
[[nodiscard]] std::optional<std::vector<float>> floats_of_base64(std::string_view text);

}  // namespace docmind
