#pragma once
// The tables of reStructuredText, which are drawn with characters. Pure.

#include <span>
#include <string>
#include <vector>

namespace docmind {

using RstRows = std::vector<std::vector<std::string>>;

/// The number of lines at the beginning that are a table of one of the two kinds; 0 where they are none, npos where a table of the kind
/// without frame begins that does not end before the lines do. `indent`: of its first line.
[[nodiscard]] std::size_t rst_table_lines(std::span<const std::string> lines, std::size_t indent);

/// The cells of such a table, their lines joined, their marks kept. A cell over several columns is in the first of them.
[[nodiscard]] RstRows rst_table_rows(std::span<const std::string> lines);

/// The rows of a list-table directive: items in items.
[[nodiscard]] RstRows rst_list_table_rows(std::span<const std::string> lines);

}  // namespace docmind
