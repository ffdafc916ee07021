#pragma once
// "Which characters do these bytes of a text mean?" Pure.

#include <string>
#include <string_view>

namespace docmind {

/// The text as UTF-8. A byte order mark decides (UTF-8, UTF-16, UTF-32); else UTF-16 and UTF-32 are known by their zeros; else valid UTF-8
/// is UTF-8; else the encoding that the document declares, where there is one and it is known; else text whose bytes over 0x7F are clearly
/// no UTF-8 is what they speak for (Windows-1251, Shift_JIS, GB18030, ...), and Windows-1252 where they are too few to tell; what is left
/// over is UTF-8 with damage. What is not valid becomes U+FFFD.
[[nodiscard]] std::string decode_text(std::string_view bytes, std::string_view declared = {});

/// The encoding that HTML (<meta charset>) or XML (its declaration) names in its first KiB; empty where there is none.
[[nodiscard]] std::string declared_charset(std::string_view markup);

}  // namespace docmind
