#pragma once
// "Which words of which passage say what this sentence says?" Compares a finished answer with the passages by their words, gives
// each sentence that a passage clearly supports that passage's number, and each number the exact words that support it. So an answer
// of a model that never cites gets checked citations, and a number at a sentence that another passage supports is put right.

#include <docmind/agent.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class CitationAligner {
  public:
    struct Params {
        double clear_support = 0.6;   ///< share of the sentence's meaningful words that must stand close together in a passage
        double no_support = 0.25;     ///< below this a number of the model's is doubted
        std::size_t least_words = 3;  ///< meaningful words a sentence must have to be given a number
        std::size_t max_quote_bytes = 400;
        std::size_t fallback_sources = 2;  ///< passages named under "Sources" where nothing could be aligned
    };
    struct Result {
        std::string answer;
        std::vector<Citation> citations;  ///< one for each number in the answer, ascending
    };
    CitationAligner() = default;
    explicit CitationAligner(Params params) : params_(params) {}

    /// `answer` holds only numbers of `sources`. Each quote is a piece of its passage's text, byte for byte.
    [[nodiscard]] Result align(std::string_view answer, const std::vector<Source>& sources) const;
    /// The same, and where no sentence has a number, the first sources are named below the answer, quoted by their likeness to `question`.
    [[nodiscard]] Result align_or_name_sources(std::string_view answer, const std::vector<Source>& sources,
                                               std::string_view question) const;
    /// The words of the passage that are closest to `text`.
    [[nodiscard]] Citation quote(const Source& source, std::string_view text) const;

  private:
    Params params_;
};

}  // namespace docmind
