#include "retrieval/rank_fusion.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace docmind {

namespace {

struct Sum {
    double score = 0;
    std::size_t best_rank = std::numeric_limits<std::size_t>::max();
};

/// Adds up what `part(list, position)` gives each id, and sorts.
template <class Part>
std::vector<RankedItem> fuse(std::span<const Ranking> rankings, Part part) {
    std::unordered_map<std::string_view, Sum> sums;
    for (std::size_t list = 0; list < rankings.size(); ++list) {
        const Ranking& ranking = rankings[list];
        if (!(ranking.weight >= 0)) throw Error(errc::invalid_argument, "The weight of a ranking must not be negative.");
        std::unordered_map<std::string_view, std::size_t> seen;
        for (std::size_t i = 0; i < ranking.items.size(); ++i) {
            const std::string_view id = ranking.items[i].id;
            if (!seen.emplace(id, i).second) continue;
            // Ranks count the items, not the places: a repeated one pushes nobody down.
            const std::size_t rank = seen.size();
            Sum& sum = sums[id];
            sum.score += ranking.weight * part(list, i, rank);
            sum.best_rank = std::min(sum.best_rank, rank);
        }
    }
    std::vector<std::pair<std::string_view, Sum>> order(sums.begin(), sums.end());
    std::ranges::sort(order, [](const auto& a, const auto& b) {
        if (a.second.score != b.second.score) return a.second.score > b.second.score;
        if (a.second.best_rank != b.second.best_rank) return a.second.best_rank < b.second.best_rank;
        return a.first < b.first;
    });
    std::vector<RankedItem> fused;
    fused.reserve(order.size());
    for (const auto& [id, sum] : order) fused.push_back({std::string(id), sum.score});
    return fused;
}

}  // namespace

std::vector<RankedItem> fuse_reciprocal_rank(std::span<const Ranking> rankings, double k) {
    if (!(k >= 0)) throw Error(errc::invalid_argument, "The k of reciprocal rank fusion must not be negative.");
    return fuse(rankings, [k](std::size_t, std::size_t, std::size_t rank) { return 1.0 / (k + static_cast<double>(rank)); });
}

std::vector<RankedItem> fuse_relative_score(std::span<const Ranking> rankings) {
    std::vector<std::vector<double>> relative;
    relative.reserve(rankings.size());
    for (const Ranking& ranking : rankings) {
        std::vector<double> scores;
        scores.reserve(ranking.items.size());
        for (const RankedItem& item : ranking.items) scores.push_back(item.score);
        relative.push_back(min_max(scores));
    }
    return fuse(rankings, [&](std::size_t list, std::size_t position, std::size_t) { return relative[list][position]; });
}

std::vector<double> min_max(std::span<const double> scores) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const double score : scores) {
        if (!std::isfinite(score)) continue;
        low = std::min(low, score);
        high = std::max(high, score);
    }
    std::vector<double> result;
    result.reserve(scores.size());
    for (const double score : scores) {
        if (!std::isfinite(score)) {
            result.push_back(0);
        } else {
            result.push_back(high > low ? (score - low) / (high - low) : 1.0);
        }
    }
    return result;
}

std::vector<Blended> blend_rerank(std::span<const double> fused, std::span<const double> rerank, double weight) {
    if (!(weight >= 0 && weight <= 1)) throw Error(errc::invalid_argument, "The weight of the reranker must be between 0 and 1.");
    if (rerank.size() > fused.size()) throw Error(errc::invalid_argument, "There are more reranked passages than passages.");
    std::vector<Blended> blended;
    blended.reserve(fused.size());
    for (std::size_t i = 0; i < fused.size(); ++i) blended.push_back({i, fused[i]});
    if (rerank.empty()) return blended;

    const auto head = fused.first(rerank.size());
    const std::vector<double> by_fusion = min_max(head);
    const std::vector<double> by_reranker = min_max(rerank);
    // The head is stretched over what lies between the best score there is and its own lowest, so that the tail, whose scores stay, is
    // below it.
    const double low = head.back();
    const double high = std::max(head.front(), 1.0);
    for (std::size_t i = 0; i < head.size(); ++i) {
        const double mixed = (1 - weight) * by_fusion[i] + weight * by_reranker[i];
        blended[i].score = low + (high - low) * mixed;
    }
    const auto end_of_head = blended.begin() + static_cast<std::ptrdiff_t>(head.size());
    std::sort(blended.begin(), end_of_head, [](const Blended& a, const Blended& b) {
        return a.score != b.score ? a.score > b.score : a.index < b.index;  // equal ones keep the fused order
    });
    return blended;
}

}  // namespace docmind
