#pragma once
// HTML through gumbo, as the text a person would read.

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

class PageWriter;

enum class HtmlPart {
    main_content,  ///< of a page of the web: no menus, sidebars, footers (see html_content.hpp)
    everything,    ///< of a chapter or a message, which has none of these
};

/// Writes the text: headings, lists, tables (those that hold no other and no headings; the rest are layout and their cells are blocks),
/// <pre> as it stands; scripts, styles, templates and drawings are dropped, and of what nests deeper than 512 only the text is left.
/// Returns what <title>, <meta> and <html lang> say: title (else the first <h1>), author, description, language, created, modified. Time is
/// linear in the size; nothing is fetched. `html` is UTF-8; what is written and returned is not yet sanitized. Errors: too_large (the
/// parsed tree passes its memory limit).
Metadata read_html_into(std::string_view html, HtmlPart part, PageWriter& writer);

}  // namespace docmind
