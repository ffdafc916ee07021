#pragma once
// The characters that LaTeX has commands for. Pure.

#include <string>
#include <string_view>

namespace docmind {

/// What a command without argument prints ("ss" is "ß"); empty where it is none of these.
[[nodiscard]] std::string_view latex_symbol(std::string_view command);

/// Whether the command (as in \"u or \v{c}) puts an accent on its argument.
[[nodiscard]] bool is_latex_accent(std::string_view command);

/// The base with the accent, composed where Unicode has it so: ("\"", "u") is "ü". `base` may be longer: its first character gets it.
[[nodiscard]] std::string latex_accented(std::string_view command, std::string_view base);

}  // namespace docmind
