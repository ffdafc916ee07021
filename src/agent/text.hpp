#pragma once
// "What are this text's words and sentences?" The plain text functions the agent compares answers and passages with.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind::text {

/// A piece of a text: [begin, end) in bytes.
struct Span {
    std::size_t begin = 0, end = 0;
    [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// The text cut to at most `max_bytes`, never inside a UTF-8 character.
[[nodiscard]] std::string_view shorten(std::string_view text, std::size_t max_bytes);

/// Without blanks at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Blanks and line ends as single spaces.
[[nodiscard]] std::string one_line(std::string_view text);

/// Words with their places: runs of letters and digits in small letters, those beyond ASCII as the search knows them (TextAnalyzer: without
/// accents, and of scripts without spaces the pairs of neighbours).
struct Word {
    std::string text;
    Span span;
    bool capital = false;  ///< begins with a capital letter
};
[[nodiscard]] std::vector<Word> words(std::string_view text);

/// A word that carries meaning, without the commonest English, or Russian, endings; empty for an English stop word.
[[nodiscard]] std::string stem(std::string_view word);

/// Sentences without the blanks around them. A sentence ends at . ! ? or 。！？ before a blank, at an empty line, and at a line end
/// before a list item or heading.
[[nodiscard]] std::vector<Span> sentences(std::string_view text);

}  // namespace docmind::text
