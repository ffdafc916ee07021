#pragma once
// Excel workbooks (XLSX).

#include "readers/archive/archive.hpp"
#include "readers/format_reader.hpp"

namespace docmind {

/// A page for each sheet that is shown, with the sheet's name as its section: the values as sheet.hpp and number_format.hpp write them,
/// formulas by the value they had when the file was saved. Hidden sheets, comments and drawings are left out.
/// Errors: corrupt, empty_document, too_large (also more than ReadOptions::max_cells cells with a value).
void read_xlsx(Archive archive, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
