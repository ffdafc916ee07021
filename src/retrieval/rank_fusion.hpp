#pragma once
// Several rankings of the same things become one. Pure functions: the same lists give the same order, whatever the order of equal scores.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace docmind {

struct RankedItem {
    std::string id;
    double score = 0;  ///< higher is better; compared within its list only
};

/// One searcher's answer, best first. An id that stands in it twice counts where it stands first.
struct Ranking {
    std::vector<RankedItem> items;
    double weight = 1;
};

/// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): the sum over the rankings of weight / (k + rank), rank from 1. Best first;
/// equal sums by the better best rank, then by id. Errors: invalid_argument (k < 0, a negative weight).
[[nodiscard]] std::vector<RankedItem> fuse_reciprocal_rank(std::span<const Ranking> rankings, double k);

/// Relative score fusion: the sum over the rankings of weight * min_max(score); an item that a ranking lacks has 0 there. Order of equal
/// sums and errors as above.
[[nodiscard]] std::vector<RankedItem> fuse_relative_score(std::span<const Ranking> rankings);

/// The scores stretched to 0..1. One score, or only equal ones, become 1; what is not a number becomes 0.
[[nodiscard]] std::vector<double> min_max(std::span<const double> scores);

/// A reranker's opinion mixed into a fused order. `fused`: the scores of the whole list, best first; `rerank`: raw scores of its first
/// items. Both are min-maxed over those items and added as (1 - weight) * fused + weight * rerank.
struct Blended {
    std::size_t index = 0;  ///< in `fused`
    double score = 0;       ///< falls along the list, so that it may be shown and stored as the list's order
};
/// The items that were reranked, best first, then the others as they stood. Errors: invalid_argument (weight outside 0..1, more reranked
/// than there are).
[[nodiscard]] std::vector<Blended> blend_rerank(std::span<const double> fused, std::span<const double> rerank, double weight);

}  // namespace docmind
