#pragma once
// The outline of source code whose blocks are in braces. See code_outline.hpp.

#include "readers/text/code_language.hpp"

#include <docmind/node.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

[[nodiscard]] std::vector<Heading> brace_outline(std::string_view code, const CodeLanguage& language);

/// A piece of source on one line, cut where it is long.
[[nodiscard]] std::string outline_title(std::string_view source);

}  // namespace docmind
