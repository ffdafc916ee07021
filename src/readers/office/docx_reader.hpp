#pragma once
// Word documents (DOCX).

#include "readers/archive/archive.hpp"
#include "readers/format_reader.hpp"

namespace docmind {

/// The text as it is after its tracked changes: what was deleted and what is hidden is left out. Headings by outline level or style; lists
/// with the numbers Word shows; text boxes after the paragraph they hang on; the notes of a page, "[1] ...", at its end, endnotes at the
/// end of the document; headers and footers are left out. Pages end where Word last ended them, at page breaks and at sections. Errors:
/// corrupt, empty_document, too_large.
void read_docx(Archive archive, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
