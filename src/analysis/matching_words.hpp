#pragma once
// "Which words of this text does the question have too?" By the analysis that the search finds passages with: forms of a word are one,
// stop words count only where a question has nothing else.

#include "analysis/text_analysis.hpp"

#include <docmind/memory.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace docmind {

/// Not for several threads at once.
class MatchingWords {
  public:
    struct Params {
        std::size_t max_bytes = 64 * 1024;  ///< of one text; what lies behind is not looked at
    };
    explicit MatchingWords(std::string_view question) : MatchingWords(question, Params{}) {}
    /// Errors: invalid_argument (max_bytes is 0).
    MatchingWords(std::string_view question, Params params);

    /// Neighbours in scripts without spaces are one range.
    [[nodiscard]] TextRanges in(std::string_view text);
    /// Those in the block quotations of a Markdown text, but for the line that says where a quotation stands ("> — a.pdf, page 3 [1]").
    [[nodiscard]] TextRanges in_quotations(std::string_view markdown);
    /// Sets StoredMessage::matches, or those of an answer, and those of its citations.
    template <class Answer>
    void mark(Answer& answer, std::string_view words) {
        answer.matches = in_quotations(words);
        for (Citation& citation : answer.citations) citation.matches = in(citation.quote);
    }

  private:
    void add_matches(std::string_view text, std::size_t offset, TextRanges& found);
    [[nodiscard]] bool is_wanted(const Token& token);

    Params params_;
    TextAnalyzer analyzer_;
    std::unordered_set<std::string> terms_;
    std::vector<std::string> prefixes_;
};

}  // namespace docmind
