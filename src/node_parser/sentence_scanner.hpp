#pragma once
// "Where does one sentence end and the next begin?"

#include "node_parser/unicode.hpp"

#include <string_view>
#include <vector>

namespace docmind {

/// The sentences of a page in order: byte ranges, trimmed, never empty, never overlapping; what lies between them is white space.
/// A blank line, a heading, a list item, a table's row and a line of code end a sentence whatever it ends with; a row and a line of code
/// are one piece each. Elsewhere a line break is a space. Rules, not a model: abbreviations, initials, decimals, ellipses and quotes are
/// known, and where it is unsure it goes on, because a sentence that is too long still gets cut and one cut in half stays in half. Linear
/// time.
[[nodiscard]] std::vector<unicode::Range> scan_sentences(std::string_view text);

/// A row of a Markdown table with its outer bars. `line` has no white space at its ends.
[[nodiscard]] bool is_table_row(std::string_view line);

}  // namespace docmind
