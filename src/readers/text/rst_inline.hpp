#pragma once
// The marks within a line of reStructuredText. Pure.

#include <map>
#include <string>
#include <string_view>

namespace docmind {

using RstSubstitutions = std::map<std::string, std::string, std::less<>>;

/// Text without its marks: emphasis, literals, roles, references and substitutions are reduced to what a reader sees. One pass.
[[nodiscard]] std::string rst_inline(std::string_view text, const RstSubstitutions& substitutions);

}  // namespace docmind
