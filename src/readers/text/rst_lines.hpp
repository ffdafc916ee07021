#pragma once
// What the lines of reStructuredText begin with. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// The lines, with tabs as spaces (to every eighth column) and nothing at their ends.
[[nodiscard]] std::vector<std::string> rst_lines(std::string_view text);

/// Whether the line underlines a heading, or stands over it.
[[nodiscard]] bool is_rst_adornment(std::string_view line);

struct RstItemMark {
    std::size_t length = 0;  // with the space behind it; 0: no item
    bool is_ordered = false;
    int number = 1;
};

/// The mark of a list item at the beginning of the text: "- ", "1. ", "#) ", "(a) ".
[[nodiscard]] RstItemMark rst_item_mark(std::string_view text);

}  // namespace docmind
