#pragma once
// "What is a page made of: sentences, tables, code, sections?" For text as Markdown writes it. Linear time, no recursion.

#include <docmind/node.hpp>

#include "node_parser/unicode.hpp"

#include <string_view>
#include <vector>

namespace docmind {

struct PageBlocks {
    std::vector<unicode::Range>
        units;  ///< sentences, rows of tables, lines of fenced code, in order; trimmed; none crosses a section's start
    std::vector<unicode::Range> groups;  ///< tables and fenced code: units that belong together
};
/// `starts`: the page's sections, as section_starts() gives them.
[[nodiscard]] PageBlocks scan_blocks(std::string_view text, const std::vector<Heading>& starts);

/// Lines that begin with '#', and lines between an empty one and a line of at least three '=' or '-'; none inside fenced code.
[[nodiscard]] std::vector<Heading> scan_headings(std::string_view text);

/// A row of a table and below it one of dashes.
[[nodiscard]] bool has_table(std::string_view text);

}  // namespace docmind
