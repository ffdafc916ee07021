#include "retrieval/passage_order.hpp"

#include "retrieval/passage_words.hpp"
#include "retrieval/rank_fusion.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t compared_words = 1024;

/// The passages in this order, with the scores of the places; those that fell say why.
void reorder(std::vector<NodeWithScore>* nodes, const std::vector<std::size_t>& order, const std::vector<std::string>& why) {
    std::vector<NodeWithScore> reordered;
    reordered.reserve(nodes->size());
    std::vector<float> scores;
    for (const NodeWithScore& node : *nodes) scores.push_back(node.score);
    for (std::size_t place = 0; place < order.size(); ++place) {
        NodeWithScore& node = reordered.emplace_back(std::move((*nodes)[order[place]]));
        node.score = scores[place];
        if (place > order[place])
            node.steps.push_back(fmt::format("from place {} to {}: {}", order[place] + 1, place + 1, why[order[place]]));
    }
    *nodes = std::move(reordered);
}

void by_marginal_relevance(std::vector<NodeWithScore>* nodes, const DiversityComponent::Params& params) {
    const std::size_t count = std::min(params.depth, nodes->size());
    std::vector<double> scores;
    std::vector<std::vector<std::uint64_t>> words(count);
    for (std::size_t i = 0; i < count; ++i) {
        scores.push_back((*nodes)[i].score);
        for (const WordHash& word : word_hashes((*nodes)[i].node.text, compared_words)) words[i].push_back(word.hash);
        make_set(&words[i]);
    }
    const std::vector<double> relevance = min_max(scores);
    std::vector<double> alike(count, 0.0);  // to the most alike of those chosen
    std::vector<std::string> why(nodes->size());
    std::vector<std::size_t> order;
    std::vector<bool> chosen(count, false);
    while (order.size() < count) {
        std::size_t best = count;
        double best_value = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < count; ++i) {
            const double value = (1 - params.diversity) * relevance[i] - params.diversity * alike[i];
            if (chosen[i] || value <= best_value) continue;  // of equal ones the better placed
            best = i;
            best_value = value;
        }
        chosen[best] = true;
        why[best] = fmt::format("{:.0f} % of its words and a better one's are the same", 100 * alike[best]);
        order.push_back(best);
        for (std::size_t i = 0; i < count; ++i) {
            if (!chosen[i]) alike[i] = std::max(alike[i], jaccard(words[i], words[best]));
        }
    }
    for (std::size_t i = count; i < nodes->size(); ++i) order.push_back(i);
    reorder(nodes, order, why);
}

void by_document(std::vector<NodeWithScore>* nodes, std::size_t per_document) {
    std::vector<std::size_t> order, later;
    std::map<std::string, std::size_t> shown;
    for (std::size_t i = 0; i < nodes->size(); ++i) (++shown[(*nodes)[i].node.document_id] <= per_document ? order : later).push_back(i);
    order.insert(order.end(), later.begin(), later.end());
    const std::string why =
        fmt::format("its document has its {} already", per_document == 1 ? "place" : fmt::format("{} places", per_document));
    reorder(nodes, order, std::vector(nodes->size(), why));
}

}  // namespace

void check_params(const DiversityComponent::Params& params) {
    if (!(params.diversity >= 0 && params.diversity <= 1)) throw Error(errc::invalid_argument, "diversity must be between 0 and 1.");
    if (params.depth == 0) throw Error(errc::invalid_argument, "depth must be at least 1.");
}

std::vector<NodeWithScore> diversify(std::vector<NodeWithScore> nodes, const DiversityComponent::Params& params) {
    if (params.diversity > 0 && nodes.size() > 1) by_marginal_relevance(&nodes, params);
    if (params.per_document > 0) by_document(&nodes, params.per_document);
    return nodes;
}

}  // namespace docmind
