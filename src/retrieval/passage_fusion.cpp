#include "retrieval/passage_fusion.hpp"

#include "retrieval/rank_fusion.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace docmind {

namespace {

Ranking ranking_of(const PassageList& list) {
    Ranking ranking{.items = {}, .weight = list.weight};
    ranking.items.reserve(list.nodes.size());
    for (const NodeWithScore& node : list.nodes) ranking.items.push_back({node.node.id, node.score});
    return ranking;
}

/// What another search thought of the same passage.
void add_what_is_known(NodeWithScore other, NodeWithScore& node) {
    const auto add = [](const auto& from, auto& to) {
        if (from) to = from;
    };
    add(other.scores.dense, node.scores.dense);
    add(other.scores.sparse, node.scores.sparse);
    add(other.scores.rerank, node.scores.rerank);
    add(other.scores.dense_rank, node.scores.dense_rank);
    add(other.scores.sparse_rank, node.scores.sparse_rank);
    if (other.matched_terms.empty() && other.missing_terms.empty()) return;
    node.matched_terms = std::move(other.matched_terms);
    node.missing_terms = std::move(other.missing_terms);
}

}  // namespace

std::vector<NodeWithScore> fuse_passages(std::vector<PassageList> lists, FusionMode mode, double rrf_k) {
    std::vector<Ranking> rankings;
    for (const PassageList& list : lists) rankings.push_back(ranking_of(list));
    const auto order = mode == FusionMode::relative_score ? fuse_relative_score(rankings) : fuse_reciprocal_rank(rankings, rrf_k);

    std::unordered_map<std::string, NodeWithScore> nodes;
    for (PassageList& list : lists) {
        for (NodeWithScore& node : list.nodes) {
            const auto known = nodes.find(node.node.id);
            if (known == nodes.end()) {
                const std::string id = node.node.id;
                nodes.emplace(id, std::move(node));
            } else {
                add_what_is_known(std::move(node), known->second);
            }
        }
    }
    std::vector<NodeWithScore> fused;
    fused.reserve(order.size());
    std::set<std::pair<std::string, std::string>> texts;
    for (const RankedItem& item : order) {
        NodeWithScore& node = nodes.at(item.id);
        if (!texts.emplace(node.node.document_id, node.node.text).second) continue;
        node.score = static_cast<float>(item.score);
        node.scores.fused = node.score;
        fused.push_back(std::move(node));
    }
    return fused;
}

}  // namespace docmind
