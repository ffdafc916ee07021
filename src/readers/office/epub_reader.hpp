#pragma once
// Electronic books (EPUB 2 and 3).

#include "readers/archive/archive.hpp"
#include "readers/format_reader.hpp"

namespace docmind {

/// A page for each document of the spine, in its order. One without a heading of its own belongs to the section that the table of contents
/// names it by. Errors: corrupt, encrypted (the chapters are), empty_document, too_large.
void read_epub(Archive archive, const ReadOptions& options, const DocumentSink& sink);

/// XHTML as HTML parsers want it: <title/> and the like, which they take for the beginning of an element, get an end tag.
[[nodiscard]] std::string close_empty_elements(std::string_view xhtml);

}  // namespace docmind
