#pragma once
// Facts about an office document, under the names that all formats share.

#include <docmind/node.hpp>

#include <pugixml.hpp>

#include <string_view>

namespace docmind {

/// Takes what Dublin Core and its relatives say below `properties` (core.xml of OOXML, meta.xml of ODF, the OPF of EPUB): title, author
/// (all of them, ", " between), subject, keywords, description, language, publisher, created, modified. Times are RFC 3339 in UTC.
[[nodiscard]] Metadata office_metadata(pugi::xml_node properties);

/// Sets a fact where it says something: white space folded, at most 300 characters.
void put_fact(Metadata* metadata, std::string_view key, std::string_view value);

}  // namespace docmind
