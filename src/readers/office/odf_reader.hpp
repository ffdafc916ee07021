#pragma once
// OpenDocument: text (ODT), spreadsheets (ODS), presentations (ODP) and drawings (ODG).

#include "readers/archive/archive.hpp"
#include "readers/format_reader.hpp"

#include <string>

namespace docmind {

/// Text: as of Word documents (docx_reader.hpp), with the page breaks that the program wrote into the file. Spreadsheets: as of Excel's
/// (xlsx_reader.hpp), with the values as they are shown but dates as "2024-05-01". Presentations and drawings: as of PowerPoint's
/// (pptx_reader.hpp). Errors: corrupt, encrypted, empty_document, too_large.
void read_odf(Archive archive, const std::string& media_type, const ReadOptions& options, const DocumentSink& sink);

}  // namespace docmind
