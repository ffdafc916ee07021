#pragma once
// "In which order are the words of a page with columns read?" Pure.

#include "readers/page_layout.hpp"

#include <vector>

namespace docmind {

/// Puts the words of columns of running text one column after the other; what stands above, between and below them keeps its place.
/// `words`: as the PDF library orders them. A page of one column, a table, a listing or an index stays as it is.
void order_columns(std::vector<PlacedWord>& words);

}  // namespace docmind
