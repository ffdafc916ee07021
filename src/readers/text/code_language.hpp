#pragma once
// "Which programming language is this?" Pure.

#include <string_view>

namespace docmind {

/// How a language's functions and classes are found (see code_outline.hpp).
enum class OutlineStyle {
    none,
    braces,    ///< what stands before a brace
    indented,  ///< Python: def and class
    keywords,  ///< a line that begins with one of the words
    sections,  ///< lines in brackets, as in INI
    assigned,  ///< R: name <- function
    shell,     ///< name() or function name
};

struct CodeLanguage {
    std::string_view name;        ///< for people: "C++"
    std::string_view media_type;  ///< "text/x-c++"
    OutlineStyle outline = OutlineStyle::none;
    std::string_view extensions;      ///< apart by spaces
    std::string_view interpreters;    ///< as they stand in "#!" lines, apart by spaces
    std::string_view keywords = {};   ///< of OutlineStyle::keywords, apart by spaces
    bool has_hash_comments = false;   ///< "#" to the end of the line
    bool has_quoted_strings = false;  ///< in single quotes
};

/// Whether the word is one of those, which are apart by spaces.
[[nodiscard]] bool is_listed(std::string_view words, std::string_view word);

/// By what the text says (a "#!" line, "<?php", an editor's mode line, #include), else by the file's extension in lower case; nullptr where
/// it is no source code.
[[nodiscard]] const CodeLanguage* code_language(std::string_view text, std::string_view extension);
[[nodiscard]] const CodeLanguage* code_language_of_media_type(std::string_view media_type);

}  // namespace docmind
