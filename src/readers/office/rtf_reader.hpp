#pragma once
// Rich Text Format.

#include "readers/format_reader.hpp"

#include <string_view>

namespace docmind {

/// Text in any code page that a font names, headings by outline level or style, lists with the marks that the program wrote into the file,
/// tables, page and section breaks; notes, "[1] ...", at the end of their page, text boxes after their paragraph. Pictures, headers,
/// footers, hidden and deleted text are left out. Metadata from the info group, whose times have no zone and are taken for UTC. Errors:
/// corrupt (no end of nesting), empty_document, too_large.
void read_rtf(std::string_view bytes, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
