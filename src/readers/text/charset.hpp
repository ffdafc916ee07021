#pragma once
// Text in any of the encodings that have a name. The tables are ICU's; they lie in a library that is mapped when the process begins, so no
// file is read.

#include <optional>
#include <string>
#include <string_view>

namespace docmind {

/// The bytes as UTF-8; what is not valid becomes U+FFFD. `name` is as documents give it ("ISO-8859-1", "shift_jis", "gb2312"), and means
/// what the web takes it for (WHATWG Encoding, 4.2: ISO-8859-1 is Windows-1252). Nothing where nobody knows the name.
[[nodiscard]] std::optional<std::string> from_charset(std::string_view bytes, std::string_view name);

/// The encoding that the bytes of a text over 0x7F speak for, by uchardet; empty where it finds none.
[[nodiscard]] std::string guess_charset(std::string_view bytes);

/// "UTF-16LE", "UTF-16BE", "UTF-32LE" or "UTF-32BE" where the bytes are text in it without a byte order mark; else empty.
[[nodiscard]] std::string_view wide_charset(std::string_view bytes);

}  // namespace docmind
