#pragma once
// "Which words of a question are worth looking for?" Pure text, no database.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// The words of any text in order, lower case where they are ASCII. A word holds ASCII letters, digits and bytes beyond ASCII only: no
/// quote, space or operator.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// Its words, each once, at most `max_terms`; without English stop words, unless there is nothing else.
[[nodiscard]] std::vector<std::string> query_terms(std::string_view text, std::size_t max_terms = 64);

}  // namespace docmind
