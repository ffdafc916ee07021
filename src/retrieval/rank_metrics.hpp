#pragma once
// "How good is this ranking?" The measures of information retrieval, as trec_eval computes them. Pure; no files, no names of sets.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// What is right for one question: item -> grade, 1 or more. What is not named is wrong.
using Judgements = std::map<std::string, int>;

/// Means over questions, each 0..1.
struct RankMetrics {
    double ndcg_10 = 0;     ///< gains are the grades, discount log2(rank + 1) (Järvelin and Kekäläinen 2002)
    double recall_10 = 0;   ///< share of what is right among the first 10
    double recall_100 = 0;  ///< among the first 100
    double mrr_10 = 0;      ///< 1 / rank of the first that is right; 0 where it is not among the first 10
    double hit_2 = 0;       ///< is one of the first 2 right?
    double hit_5 = 0;
    double all_5 = 0;  ///< is all that is right among the first 5?
};

/// Of one question. `ranked` has each item once, the best first. Errors: invalid_argument (nothing is judged right).
[[nodiscard]] RankMetrics rank_metrics(const std::vector<std::string>& ranked, const Judgements& judgements);

/// Errors: invalid_argument (empty).
[[nodiscard]] RankMetrics mean_of(const std::vector<RankMetrics>& questions);

/// Probability that a score of `positives` is above one of `negatives`, ties half: the area under the ROC curve. Absent where one is empty.
[[nodiscard]] std::optional<double> area_under_curve(const std::vector<double>& positives, const std::vector<double>& negatives);

}  // namespace docmind
