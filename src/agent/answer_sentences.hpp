#pragma once
// "Which sentences has this answer, and which numbers stand in them?" Markdown is looked through as far as that needs: code is no
// sentence, a table's cell is one of its own, a mark behind a full stop belongs to the sentence before it.

#include "agent/text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// In order. The last may not be complete.
[[nodiscard]] std::vector<text::Span> answer_sentences(std::string_view answer);

/// A sentence without its marks [n], and their numbers, each once.
struct MarkedSentence {
    std::string words;
    std::vector<int> numbers;
};
[[nodiscard]] MarkedSentence without_marks(std::string_view sentence);
/// The marks stand before the full stop.
[[nodiscard]] std::string with_marks(const std::string& words, const std::vector<int>& numbers);

/// The part of a sentence that claims something: without its marks, its bullet or its number in a list. Empty for what claims nothing: a
/// question, a heading, a line that announces others, a quotation, the head of a table, a word or two.
[[nodiscard]] std::string claim_in(std::string_view answer, text::Span sentence);

}  // namespace docmind
