#pragma once
// "Which words of which passage say what this sentence says?" Finds for each sentence the one or two sentences of a passage that have most
// of its words close together, and judges whether they bear it out: its numbers, its names and its negations must go with theirs
// (claim.hpp). So it holds for a model that writes no numbers, or wrong ones. Synonyms are not known: what a passage says in other words
// counts as not found.

#include "agent/claim.hpp"
#include "agent/text.hpp"

#include <docmind/agent.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class SupportFinder {
  public:
    struct Params {
        double clear_support = 0.6;  ///< share of a sentence's meaningful words that must stand close together in a passage
        std::size_t max_quote_bytes = 400;
    };
    /// What of one passage comes closest to a sentence.
    struct Match {
        SupportProblem problem = SupportProblem::words;
        double support = 0;
        std::size_t passage = 0;  ///< its place among the sources
        text::Span quote;         ///< in the passage's text
        [[nodiscard]] bool supported() const noexcept { return problem == SupportProblem::none; }
    };
    struct Finding {
        std::size_t words = 0;       ///< meaningful words of the sentence
        std::vector<Match> matches;  ///< one a source, in their order
        std::size_t best = 0;        ///< which of them bears the sentence out best; there is none without sources
    };

    /// The sources must outlive it.
    SupportFinder(Params params, const std::vector<Source>& sources);

    [[nodiscard]] Finding find(std::string_view sentence) const;
    /// The match as a citation of its passage.
    [[nodiscard]] Citation citation(const Match& match) const;
    /// What is known of a sentence now; its place in the answer is left to the caller.
    [[nodiscard]] SentenceSupport describe(const Finding& finding) const;

  private:
    struct Passage {
        const Source* source = nullptr;
        std::vector<text::Span> sentences;
        std::vector<Claim> claims;  ///< of each sentence; their words' spans count from the sentence's begin
        Claim around;
    };
    static Passage prepare(const Source& source);
    [[nodiscard]] Match best_in(std::size_t index, const Claim& claim) const;

    Params params_;
    std::vector<Passage> passages_;
};

}  // namespace docmind
