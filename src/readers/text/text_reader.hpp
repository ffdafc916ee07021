#pragma once
// The formats that are characters rather than bytes, each by its own reader.

#include "readers/format_reader.hpp"
#include "readers/sniff.hpp"

#include <string_view>

namespace docmind {

/// Decodes the bytes (see text_decoder.hpp) and reads them as what they were found to be. Form feeds end a page of plain text; the other
/// kinds are one page.
/// Errors: empty_document (there is no text), too_large (a page of over 4 GiB, or a limit of the format's reader).
void read_text(const Sniffed& sniffed, std::string_view bytes, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
