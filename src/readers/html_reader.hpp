#pragma once
// HTML through gumbo, as the text a person would read.

#include "readers/markdown_reader.hpp"

#include <string_view>

namespace docmind {

/// Blocks as lines, table cells apart by tabs, <pre> as it stands; scripts, styles, templates and drawings are dropped, and of what nests
/// deeper than 512 only the text is left. The title is that of <title>, else the first <h1>. Time is linear in the size; nothing is
/// fetched. `html` is UTF-8. Errors: too_large (the parsed tree passes its memory limit).
[[nodiscard]] TitledText read_html(std::string_view html);

}  // namespace docmind
