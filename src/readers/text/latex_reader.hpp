#pragma once
// LaTeX as text: what it would print, as far as that can be told without running TeX.

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

class PageWriter;

/// Writes headings (\part to \subparagraph), paragraphs, lists, tabulars as tables, verbatim and listings as they stand, footnotes in
/// brackets; accents, ligatures and symbols as characters; math as its source; a command that is not known as its arguments. Drops
/// comments, labels, pictures, definitions (a \newcommand for a word is that word) and the preamble, but for title, author and date, which
/// are returned and stand where \maketitle is. `text` is UTF-8 with "\n" as newline; what is written is not yet sanitized. Nothing is
/// included or run; linear in the size.
Metadata read_latex_into(std::string_view text, PageWriter& writer);

}  // namespace docmind
