#pragma once
// "Which passages does this answer rest on, sentence by sentence?" Compares an answer with the passages by their words, gives each sentence
// that a passage bears out that passage's number, puts right a number at a sentence that another passage bears out, and says of each
// sentence whether it is supported and by which words of which page. So an answer of a model that never cites gets checked citations.

#include "agent/support_finder.hpp"

#include <docmind/agent.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class CitationAligner {
  public:
    struct Params {
        SupportFinder::Params support;
        double no_support = 0.25;          ///< below this a number of the model's is doubted
        std::size_t least_words = 3;       ///< meaningful words a sentence must have to be given a number
        std::size_t fallback_sources = 2;  ///< passages named under "Sources" where nothing could be aligned
    };
    struct Result {
        std::string answer;
        std::vector<Citation> citations;         ///< one for each number in the answer, ascending
        std::vector<SentenceSupport> sentences;  ///< those of the answer that claim something, in order
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

/// AgentResponse::confidence. `relevance` absent: nothing was searched.
[[nodiscard]] double answer_confidence(std::optional<float> relevance, const std::vector<SentenceSupport>& sentences) noexcept;

}  // namespace docmind
