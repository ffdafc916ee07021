#include "retrieval/passage_rerank.hpp"

#include "async/deadline.hpp"
#include "retrieval/rank_fusion.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace docmind {

namespace {

/// The logits; none, and a note, where the reranker cannot give them: the order that was is an answer without it.
Task<std::vector<float>> score(Reranker* reranker, std::chrono::milliseconds budget, std::string question, std::vector<std::string> texts,
                               std::vector<std::string>* notes) {
    const std::size_t asked = texts.size();
    const char* how = "failed";
    try {
        auto task = reranker->ascore(std::move(question), std::move(texts), std::chrono::steady_clock::now() + budget);
        // The reranker minds the deadline between two batches. This one is for the batch that does not end.
        std::vector<float> logits = co_await with_deadline(std::move(task), 2 * budget);
        const bool sound = logits.size() <= asked && std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); });
        if (sound && !logits.empty()) co_return logits;
    } catch (const Error& error) {
        if (error.code() == errc::unavailable) how = "is not ready";
        if (error.code() == errc::overloaded) how = "is busy";
        if (error.code() == errc::timeout) how = "took too long";
    }
    notes->push_back(fmt::format("The reranker {}: the order is that of the search alone.", how));
    co_return std::vector<float>();
}

}  // namespace

Task<RetrievalResult> rerank_passages(Reranker* reranker, RerankComponent::Params params, std::string question, RetrievalResult found) {
    auto& nodes = found.nodes;
    if (nodes.empty()) co_return found;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(nodes.size(), params.top_n); ++i) texts.push_back(searchable_text(nodes[i].node));
    const std::vector<float> logits = co_await score(reranker, params.budget, std::move(question), std::move(texts), &found.notes);
    if (logits.empty()) co_return found;

    std::vector<double> scores;
    for (const NodeWithScore& node : nodes) scores.push_back(node.score);
    for (std::size_t i = 0; i < logits.size(); ++i) nodes[i].scores.rerank = logits[i];
    const std::vector<double> opinions(logits.begin(), logits.end());
    std::vector<NodeWithScore> reordered;
    reordered.reserve(nodes.size());
    for (const Blended& place : blend_rerank(scores, opinions, params.weight)) {
        reordered.push_back(std::move(nodes[place.index]));
        reordered.back().score = static_cast<float>(place.score);
    }
    nodes = std::move(reordered);
    co_return found;
}

}  // namespace docmind
