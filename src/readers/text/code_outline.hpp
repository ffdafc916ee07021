#pragma once
// "Where in this source file does what begin?" Pure.

#include "readers/text/code_language.hpp"

#include <docmind/node.hpp>

#include <string_view>
#include <vector>

namespace docmind {

/// The functions, classes and sections, each at the line where it begins, titled with what that line says ("class Point : Shape"). Members
/// of a class are one level below it; what lies within a function is not told. It knows strings and comments well enough for code as people
/// write it, is no parser, and takes one pass.
[[nodiscard]] std::vector<Heading> code_outline(std::string_view code, const CodeLanguage& language);

}  // namespace docmind
