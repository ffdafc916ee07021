#pragma once
// "Which characters do these bytes of a text mean?" Pure.

#include <string>
#include <string_view>

namespace docmind {

/// The text as UTF-8. A byte order mark decides (UTF-8, UTF-16, UTF-32); else valid UTF-8 is UTF-8; else text whose bytes over 0x7F are
/// clearly no UTF-8 is Windows-1252 (WHATWG Encoding, the superset of Latin-1); what is left over is UTF-8 with damage.
/// What is not valid becomes U+FFFD.
[[nodiscard]] std::string decode_text(std::string_view bytes);

}  // namespace docmind
