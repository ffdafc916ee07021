#pragma once
// JSON and JSON Lines, as a person would note it down.

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

/// The text of the page, its headings, and the metadata.
struct JsonPage {
    Page page;
    Metadata metadata;
};

/// One line for each value, "name: value", indented by what it lies in (eight levels at most), items after "- "; lists of plain values on
/// one line; the names at the first two levels that hold more than a plain value are headings; "title" is the title. What is no JSON, or
/// nests deeper than 512, stays as it stands. `text` is UTF-8 with "\n" as newline; the result is not yet sanitized. Linear in the size.
[[nodiscard]] JsonPage read_json(std::string_view text);

/// One block for each line, apart by empty lines. A record with a "text" is that text, under its "title" as heading where it has one, with
/// its other values before it. A line that is no JSON stays as it stands.
[[nodiscard]] JsonPage read_json_lines(std::string_view text);

}  // namespace docmind
