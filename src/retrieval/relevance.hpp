#pragma once
// "Do the documents speak of this at all?" Judged from raw scores: a normalised list always has a best one.

#include <optional>

namespace docmind {

/// The strongest raw signs that a search found; absent where the step did not run or found nothing.
struct Evidence {
    std::optional<double> cosine;  ///< best cosine between question and passage
    std::optional<double> logit;   ///< best raw logit of the reranker
    std::optional<double> bm25;    ///< best BM25
};

/// Log odds that add up: each sign is worth slope * (value - midpoint); a value at its midpoint says nothing either way.
/// The defaults suit bge-small-en-v1.5 and ms-marco-MiniLM-L-12-v2.
struct RelevanceModel {
    double cosine_midpoint = 0.62;  ///< unrelated English texts lie around 0.45 to 0.6
    double cosine_slope = 25;
    double logit_midpoint = -3;  ///< unrelated pairs lie around -11, answers above 0
    double logit_slope = 0.6;
    double bm25_midpoint = 4;  ///< counts only where neither model saw the question: its size depends on the collection
    double bm25_slope = 0.5;
};

/// 0..1; 0 without any sign.
[[nodiscard]] double relevance(const Evidence& evidence, const RelevanceModel& model) noexcept;

}  // namespace docmind
