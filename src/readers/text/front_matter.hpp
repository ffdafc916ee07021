#pragma once
// What a text file says about itself before it begins: YAML front matter, as Jekyll, Hugo, Pandoc and Obsidian read it. Pure.

#include <docmind/node.hpp>

#include <string_view>

namespace docmind {

/// Takes the front matter ("---" lines around it) off the text and returns title, author, subject, description, language, created and
/// modified. Of YAML it knows `key: value` on one line, quotes, and lists in brackets or on lines after "- ". Text without a second "---"
/// line has no front matter.
[[nodiscard]] Metadata take_front_matter(std::string_view& text);

}  // namespace docmind
