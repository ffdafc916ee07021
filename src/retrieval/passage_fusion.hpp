#pragma once
// "How do the passages of several searches become one list?" Rank fusion on the passages themselves.

#include <docmind/node.hpp>
#include <docmind/query_components.hpp>

#include <vector>

namespace docmind {

/// One search's passages, best first by their score.
struct PassageList {
    std::vector<NodeWithScore> nodes;
    double weight = 1;
};

/// Best first, each passage once, with its fused score and what every list knew of it. Of passages of one document with the same text the
/// best stays: a running head or a repeated notice is found as often as it stands there; reading it once is enough. Errors:
/// invalid_argument (a negative weight or k).
[[nodiscard]] std::vector<NodeWithScore> fuse_passages(std::vector<PassageList> lists, FusionMode mode, double rrf_k);

}  // namespace docmind
