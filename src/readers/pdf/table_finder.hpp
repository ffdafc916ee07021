#pragma once
// "Which words of a page are the cells of a table?" By their places alone: columns of short cells that begin or end at the same height and
// side, row after row. Pure.

#include "readers/pdf/page_layout.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace docmind {

/// Puts the tables among `words` into rows, as Markdown: the words' separators say where cells and rows begin, so each word keeps its box.
/// `parts`: how many words each column of the page has, in order; tables do not go across them. Prose, lists, listings in a font of one
/// width and tables of contents are none.
void form_tables(std::vector<PlacedWord>& words, std::span<const std::size_t> parts);

}  // namespace docmind
