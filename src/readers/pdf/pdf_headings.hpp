#pragma once
// "Where on this page do sections begin?" By the document's bookmarks, or else by the size of the letters. Pure.

#include "readers/pdf/pdf_bookmarks.hpp"

#include <docmind/node.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace docmind {

/// Adds the bookmarks of this page to its headings: each where its title stands, else at the first line below the place it leads to.
void add_bookmarks(Page& page, std::span<const Bookmark> bookmarks);

/// How large the letters of a document are, as far as it has been read.
class LetterSizes {
  public:
    void add(const Page& page);
    /// The height of the boxes of most letters; 0 where there are none.
    [[nodiscard]] float usual() const;

  private:
    std::array<std::size_t, 128> letters_{};  // by the height of their word's box, in half points
};

/// Adds short lines in clearly larger letters than usual to the page's headings.
void add_large_lines(Page& page, float usual_height);

}  // namespace docmind
