#pragma once
// "Which sections does this PDF say it has, and where do they begin?" Its outline, through qpdf: poppler-cpp does not say where a bookmark
// leads.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct Bookmark {
    int page = 1;              ///< from 1
    std::optional<float> top;  ///< in points from the page's upper edge, where the bookmark says so
    int level = 1;             ///< 1 is the highest
    std::string title;         ///< UTF-8, on one line
};

/// Ordered by page, and within a page as the outline has them; at most 20,000. Nothing where there is no outline, or none that can be read.
[[nodiscard]] std::vector<Bookmark> bookmarks_of(std::string_view bytes);

}  // namespace docmind
