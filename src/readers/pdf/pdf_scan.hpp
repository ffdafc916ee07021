#pragma once
// "Is this page a picture of text rather than text?" and its picture.

#include "readers/pdf/page_layout.hpp"
#include "readers/pdf/picture.hpp"

#include <cstdint>
#include <vector>

namespace poppler {
class page;
}

namespace docmind {

/// Whether the page shows clearly more than its words say: they are none, few or not readable, and there is ink beside them.
[[nodiscard]] bool looks_like_a_scan(const poppler::page& page, const std::vector<PlacedWord>& words);

struct Rendered {
    Picture picture;
    int resolution = 0;  ///< pixels per inch
};

/// The page in shades of grey at 300 pixels per inch, or fewer where it would have more than max_pixels; without a picture where the page
/// cannot be drawn.
[[nodiscard]] Rendered render(const poppler::page& page, std::uint64_t max_pixels);

/// Letters and digits in the words.
[[nodiscard]] std::size_t readable_characters(const std::vector<PlacedWord>& words);

}  // namespace docmind
