#pragma once
// "Where do lines and paragraphs end?" Builds a page's text from its words in reading order. Pure; knows no PDF library.

#include <docmind/node.hpp>

#include <string>

namespace docmind {

/// What stands between a word and the one before it.
enum class Break {
    by_place,  ///< what their boxes say
    space,
    line,
    paragraph,
    as_given,  ///< its separator
};

/// A word as the page shows it. The box is in points from the top left.
struct PlacedWord {
    std::string text;  ///< UTF-8
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    bool space_after = false;  ///< on the same line
    int rotation = 0;          ///< quarter turns clockwise
    Break before = Break::by_place;
    std::string separator = {};  ///< of a cell in a table: what ends the one before and begins this; newlines at the page's top are dropped
};

class PageLayout {
  public:
    /// Appends a word; separates it from the one before by nothing, a space, a newline, an empty line or what it says. A word without text
    /// is its separator alone.
    void add(const PlacedWord& word);
    /// The page's text and boxes; the object is as new afterwards.
    [[nodiscard]] Page take();

  private:
    struct Extent {  // of a line or a word, along and across the direction of reading
        float begin = 0, end = 0, top = 0, bottom = 0;
    };
    [[nodiscard]] static Extent extent_of(const PlacedWord& word);
    [[nodiscard]] Break break_before(const PlacedWord& word, const Extent& next) const;
    void separate(const PlacedWord& word, const Extent& next);

    Page page_;
    Extent line_;
    int rotation_ = 0;
    bool space_after_ = false;
};

}  // namespace docmind
