#pragma once
// PowerPoint presentations (PPTX).

#include "readers/archive/archive.hpp"
#include "readers/format_reader.hpp"

namespace docmind {

/// A page for each slide, hidden ones too, so that the numbers are those on the screen. The title is a heading and comes first; then the
/// shapes in the slide's own order, which is the order in which PowerPoint lets it be read aloud; bulleted paragraphs as lists, tables,
/// the texts of diagrams; speaker notes after "Notes:". Footers, dates and slide numbers are left out.
/// Errors: corrupt, empty_document, too_large.
void read_pptx(Archive archive, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
