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

}  // namespace

std::vector<NodeWithScore> fuse_passages(std::vector<PassageList> lists, FusionMode mode, double rrf_k) {
    std::vector<Ranking> rankings;
    for (const PassageList& list : lists) rankings.push_back(ranking_of(list));
    const auto order = mode == FusionMode::relative_score ? fuse_relative_score(rankings) : fuse_reciprocal_rank(rankings, rrf_k);

    std::unordered_map<std::string, NodeWithScore> nodes;
    for (PassageList& list : lists) {
        for (NodeWithScore& node : list.nodes) {
            const std::string id = node.node.id;
            const NodeScores scores = node.scores;
            NodeWithScore& known = nodes.try_emplace(id, std::move(node)).first->second;
            if (scores.dense) known.scores.dense = scores.dense;
            if (scores.sparse) known.scores.sparse = scores.sparse;
            if (scores.rerank) known.scores.rerank = scores.rerank;
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
