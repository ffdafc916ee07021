#pragma once
// "In which order are the words of a page with columns read?" Pure.

#include "readers/pdf/page_layout.hpp"

#include <cstddef>
#include <vector>

namespace docmind {

/// Puts the words of columns of running text one column after the other; what stands above, between and below them keeps its place.
/// `words`: as the PDF library orders them. A page of one column, a table, a listing or an index stays as it is.
/// Returns how many words each part has that was told apart, in order.
std::vector<std::size_t> order_columns(std::vector<PlacedWord>& words);

}  // namespace docmind
