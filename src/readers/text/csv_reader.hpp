#pragma once
// Tables as text: CSV (RFC 4180) and its relatives.

#include "readers/read_options.hpp"

#include <string_view>

namespace docmind {

class PageWriter;

/// The character between the fields, found by which of , ; tab | makes records of the same length; "sep=;" in the first line says it. 0
/// where the text has one column.
[[nodiscard]] char csv_delimiter(std::string_view text, std::string_view media_type);

/// Writes Markdown tables. The first record is the head, and stands again before every 40 records, so that each passage can have it. Fields
/// in double quotes may have newlines; a quote that is never closed is a character. `text` is UTF-8 with "\n" as newline. Errors: too_large
/// (more than options.max_cells cells).
void read_csv_into(std::string_view text, std::string_view media_type, const ReadOptions& options, PageWriter& writer);

}  // namespace docmind
