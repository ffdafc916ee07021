#pragma once
// "Where can a program be cut?" Knows no language, only how programs are laid out. Linear time.

#include <docmind/node.hpp>

#include "node_parser/unicode.hpp"

#include <string_view>
#include <vector>

namespace docmind {

struct CodeLine {
    unicode::Range range;  ///< trimmed, never empty
    int cut_cost = 0;      ///< of a cut before it: the less, the better
};

/// The lines of a page that say something. A cut costs more the deeper a line is indented; at the same depth it costs least behind an empty
/// line, then behind a deeper one, and most before what closes or goes on ("}", "else") or behind what belongs to the line (a comment, a
/// decorator). `starts`: the page's sections, as section_starts() gives them; one inside a line cuts it.
[[nodiscard]] std::vector<CodeLine> scan_code_lines(std::string_view text, const std::vector<Heading>& starts);

}  // namespace docmind
