#pragma once
// PDF through poppler: the text of each page with the place of each word.

#include "readers/format_reader.hpp"

#include <string_view>

namespace docmind {

/// Loads what poppler would otherwise read from files later, when a sandbox may forbid it.
void prepare_pdf();

/// Reads text in reading order, one line of the page per line; a word hyphenated at a line's end is joined again and keeps one box per
/// line. A page without usable text is drawn and recognised, as options.ocr says.
/// Metadata: title, author, created, modified (RFC 3339), where the document has them; ocr and ocr_confidence where pages were recognised.
/// Errors: encrypted (it asks for a password), empty_document (no pages, or no text on any of them), corrupt, too_large (2 GiB, pages),
/// unsupported (it must be recognised, and the data for a language is missing).
void read_pdf(std::string_view bytes, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
