#pragma once
// "Which lines at the top and bottom of a page are on the pages around it too?" Running headers, footers and page numbers. Pure.

#include "readers/pdf/page_layout.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// A line near the upper or lower edge of a page.
struct EdgeLine {
    std::string pattern;                           ///< its words, each number as "#"
    std::optional<int> first_number, last_number;  ///< where its first or last word is one, also a Roman one: a page number may be
    bool has_letters = false;                      ///< enough of them to know the line again
    float y = 0;                                   ///< its middle
    bool is_apart = false;                         ///< there is room between it and the next line inwards
    std::vector<std::size_t> words;                ///< which words of the page
};

/// The outermost lines of a page, from the edge inwards. This is what is kept of a page to compare others with it.
struct PageEdges {
    int number = 0;
    std::vector<EdgeLine> top, bottom;
};

/// Lines that stand where headers and footers may, and are small enough to be some.
[[nodiscard]] PageEdges edges_of(const std::vector<PlacedWord>& words, float page_height, int number);

/// How many pages before and after a page are compared with it.
inline constexpr std::size_t running_window = 8;

/// The words of window[at] that belong to running lines, ascending. `window`: pages in their order, of which only those within
/// running_window of window[at] are looked at. A line is running where two others have the same text, but for numbers, at the same height,
/// or begin or end with a number there that grows with the pages; it is never one with other lines between it and the edge.
[[nodiscard]] std::vector<std::size_t> running_words(const std::deque<PageEdges>& window, std::size_t at);

}  // namespace docmind
