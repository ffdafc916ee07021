#pragma once
// "Do the documents speak of this at all?" Judged from raw signs: a normalised list always has a best one.

#include <optional>

namespace docmind {

/// What a search found; absent where the step did not run or found nothing.
struct Evidence {
    std::optional<double> cosine;    ///< best cosine between question and passage
    std::optional<double> logit;     ///< the reranker's raw logit of the passage that came out first
    std::optional<double> coverage;  ///< 0..1: share of the question's words that stand in any of the passages found
    std::optional<double> bm25;      ///< best BM25
};

/// Log odds that add up: each sign is worth slope * (value - midpoint); a value at its midpoint says nothing either way. The cosine counts
/// where no reranker read the passages, BM25 where no model saw the question at all. Coverage counts beside a model: a question about
/// something that has a name of its own (a product, a person) is close to many passages by its other words, and in none by that name.
/// The defaults suit bge-small-en-v1.5 and ms-marco-MiniLM-L-12-v2 (bench/RESULTS.md).
struct RelevanceModel {
    double cosine_midpoint = 0.62;  ///< unrelated English texts lie around 0.45 to 0.6
    double cosine_slope = 25;
    double logit_midpoint = -3;  ///< unrelated pairs lie around -11, answers above 0
    double logit_slope = 0.6;
    double coverage_midpoint = 0.8;
    double coverage_slope = 8;
    double bm25_midpoint = 4;  ///< its size depends on the collection
    double bm25_slope = 0.5;
};

/// 0..1; 0 without any sign.
[[nodiscard]] double relevance(const Evidence& evidence, const RelevanceModel& model) noexcept;

}  // namespace docmind
