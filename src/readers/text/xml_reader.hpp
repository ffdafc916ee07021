#pragma once
// XML through pugixml: its text, element by element.

#include <docmind/node.hpp>

#include <optional>
#include <string_view>

namespace docmind {

class PageWriter;

/// Writes what lies between the tags. Where text and elements stand side by side (DocBook, JATS) it is a document: each element with text
/// of its own is a block, <title> and <head> are headings by their depth. Else it is data: one line "name: value" for each element and
/// attribute, an empty line between records. HTML within a value is read as its text. Entities beyond the five of XML stay as they are
/// written, and a DOCTYPE is skipped: nothing is expanded or fetched. `xml` is UTF-8; what is written is not yet sanitized. Linear in the
/// size. Returns what is known of the document; nothing, with nothing written, where it is not well-formed.
[[nodiscard]] std::optional<Metadata> read_xml_into(std::string_view xml, PageWriter& writer);

}  // namespace docmind
