#pragma once
// Markdown (CommonMark with tables and strike-through) through md4c, as the text a person would read.

#include "readers/read_options.hpp"

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

class PageWriter;

/// Writes headings, paragraphs, lists, tables without the marks, code blocks as they stand, HTML within it as its text. Returns what the
/// front matter says (see front_matter.hpp); the title else is the first heading. `markdown` is UTF-8 with "\n" as newline; what is written
/// and returned is not yet sanitized. Linear in the size of the text.
/// Errors: too_large (4 GiB; more than options.max_cells cells in its tables).
Metadata read_markdown_into(std::string_view markdown, const ReadOptions& options, PageWriter& writer);

}  // namespace docmind
