#pragma once
// "What kind of text is this?" Pure.

#include "readers/sniff.hpp"

#include <string_view>

namespace docmind {

/// `bytes`: the beginning of a file that is text. What it says decides (mail headers, HTML, an XML declaration, JSON, \documentclass,
/// "#!"); where it says nothing, extension (in lower case) and media type choose.
[[nodiscard]] Sniffed sniff_text(std::string_view bytes, std::string_view extension, std::string_view media_type);

}  // namespace docmind
