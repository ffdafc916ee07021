#pragma once
// Markdown (CommonMark with tables and strike-through) through md4c, as the text a person would read.

#include <string>
#include <string_view>

namespace docmind {

struct TitledText {
    std::string title;  ///< empty where there is none
    std::string text;   ///< UTF-8
};

/// Headings, paragraphs, list items and table rows as lines, without the marks; code as it stands. The title is that of the front matter,
/// else the first heading. Linear in the size of the text. Errors: too_large (4 GiB).
[[nodiscard]] TitledText read_markdown(std::string_view markdown);

}  // namespace docmind
