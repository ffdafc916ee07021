#pragma once
// reStructuredText, as docutils and Sphinx read it.

#include "readers/read_options.hpp"

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

class PageWriter;

/// Writes headings (their levels in the order in which the kinds of underline come), paragraphs, lists, simple, grid, list and CSV tables;
/// literal blocks and code as they stand; of admonitions and unknown directives what they say; without comments, targets, images, and what
/// is for the tool (contents, toctree, index, raw, ...). Returns title (the first heading), author, created, and further fields at the
/// beginning. `text` is UTF-8 with "\n" as newline; what is written is not yet sanitized. Linear in the size. Errors: too_large
/// (options.max_cells in a CSV table).
Metadata read_rst_into(std::string_view text, const ReadOptions& options, PageWriter& writer);

}  // namespace docmind
