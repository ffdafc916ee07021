#pragma once
// "Which part of this HTML may the parser see?" Pure.
//
// A tree builder follows the standard even where that is quadratic: deep nesting, endless formatting elements, thousands of attributes.
// So the parser gets tags with the few attributes that say something about the text, nested no deeper than a limit, and none of the
// elements whose content is no text.

#include <cstddef>
#include <string>
#include <string_view>

namespace docmind {

/// The HTML with bare tags (class, id, role, lang, colspan, start and those of <meta> stay, each once and cut at 1000 bytes); without
/// comments, declarations, scripts, styles, templates, drawings; start and end tags below `max_depth` are left out, their text stays. One
/// pass.
[[nodiscard]] std::string filter_html(std::string_view html, std::size_t max_depth);

}  // namespace docmind
