#include "retrieval/query_fusion_retriever.hpp"

#include "async/deadline.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string trim(const std::string& text) {
    constexpr const char* blank = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Failures of a model that leave the rest of the search as good as it is. The others (overloaded, a defect) are the caller's to know.
bool can_do_without(errc code) {
    return code == errc::unavailable || code == errc::backend || code == errc::timeout;
}

Ranking ranking_of(const std::vector<NodeWithScore>& found, std::optional<float> NodeScores::* score, double weight) {
    Ranking ranking{.items = {}, .weight = weight};
    ranking.items.reserve(found.size());
    for (const NodeWithScore& node : found) ranking.items.push_back({node.node.id, (node.scores.*score).value_or(0)});
    return ranking;
}

std::optional<double> best_of(const std::vector<NodeWithScore>& nodes, std::optional<float> NodeScores::* score) {
    std::optional<double> best;
    for (const NodeWithScore& node : nodes) {
        if (const auto value = node.scores.*score; value && (!best || *value > *best)) best = *value;
    }
    return best;
}

}  // namespace

/// One question on its way.
struct QueryFusionRetriever::Search {
    QueryBundle query;
    RetrievalMode mode = RetrievalMode::hybrid;
    std::size_t candidates = 0;
    std::vector<NodeWithScore> dense;
    std::vector<NodeWithScore> sparse;
    bool dense_done = false;
    Evidence evidence;
    RetrievalResult result;
};

QueryFusionRetriever::QueryFusionRetriever(Params params, Embedding& embedding, VectorStore& vector_store, Reranker* reranker)
    : params_(params), embedding_(embedding), vector_store_(vector_store), reranker_(reranker) {
    const auto is_share = [](double weight) { return weight >= 0 && weight <= 1; };
    if (!is_share(params_.dense_weight) || !is_share(params_.rerank_weight) || !is_share(params_.relevance_threshold)) {
        throw Error(errc::invalid_argument, "dense_weight, rerank_weight and relevance_threshold must be between 0 and 1.");
    }
    if (params_.candidates == 0 || params_.max_top_k == 0 || params_.max_query_chars == 0 || params_.rerank_top_n == 0) {
        throw Error(errc::invalid_argument, "candidates, max_top_k, max_query_chars and rerank_top_n must be at least 1.");
    }
    if (!(params_.rrf_k >= 0)) throw Error(errc::invalid_argument, "rrf_k must not be negative.");
    if (params_.rerank_budget.count() <= 0) throw Error(errc::invalid_argument, "rerank_budget must be positive.");
}

Task<RetrievalResult> QueryFusionRetriever::aretrieve(QueryBundle query) {
    const auto start = Clock::now();
    query.query_str = trim(query.query_str);
    if (query.query_str.empty()) throw Error(errc::invalid_argument, "The question is empty. Write what to look for.");
    if (characters(query.query_str) > params_.max_query_chars) {
        throw Error(errc::invalid_argument, fmt::format("The question is longer than {} characters. Shorten it.", params_.max_query_chars));
    }
    if (query.similarity_top_k == 0 || query.similarity_top_k > params_.max_top_k) {
        throw Error(errc::invalid_argument, fmt::format("The number of passages must be between 1 and {}.", params_.max_top_k));
    }
    Search search;
    search.mode = query.mode == RetrievalMode::hybrid ? params_.mode : query.mode;
    search.candidates = std::max(params_.candidates, query.similarity_top_k);
    search.query = std::move(query);

    std::vector<Task<>> sides;
    if (search.mode != RetrievalMode::sparse) sides.push_back(search_dense(&search));
    if (search.mode != RetrievalMode::dense) sides.push_back(search_sparse(&search));
    co_await when_all(std::move(sides));

    fuse(&search);
    co_await rerank(&search);

    RetrievalResult& result = search.result;
    if (result.nodes.size() > search.query.similarity_top_k) result.nodes.resize(search.query.similarity_top_k);
    const double value = relevance(search.evidence, params_.relevance);
    result.relevance = static_cast<float>(value);
    result.relevant = !result.nodes.empty() && value >= params_.relevance_threshold;
    result.timings_ms["total"] = ms_since(start);
    co_return std::move(result);
}

Task<> QueryFusionRetriever::search_dense(Search* search) {
    const char* failed = "The embedding model";
    try {
        Vector vector = co_await embed(search);
        failed = "The search by meaning";
        VectorStoreQuery query{.mode = VectorStoreQueryMode::dense,
                               .embedding = std::move(vector),
                               .text = {},
                               .similarity_top_k = search->candidates,
                               .document_ids = search->query.document_ids};
        search->dense = co_await query_store(std::move(query), search, "dense");
        search->dense_done = true;
    } catch (const Error& error) {
        if (search->mode == RetrievalMode::dense || !can_do_without(error.code())) throw;
        const char* how = error.code() == errc::unavailable ? "is not ready" : "failed";
        search->result.notes.push_back(fmt::format("{} {}: keyword search only.", failed, how));
    }
}

Task<> QueryFusionRetriever::search_sparse(Search* search) {
    VectorStoreQuery query{.mode = VectorStoreQueryMode::sparse,
                           .embedding = {},
                           .text = search->query.query_str,
                           .similarity_top_k = search->candidates,
                           .document_ids = search->query.document_ids};
    search->sparse = co_await query_store(std::move(query), search, "sparse");
}

Task<Vector> QueryFusionRetriever::embed(Search* search) {
    const auto start = Clock::now();
    Vector vector = co_await embedding_.aget_query_embedding(search->query.query_str);
    search->result.timings_ms["embed"] = ms_since(start);
    co_return vector;
}

Task<std::vector<NodeWithScore>> QueryFusionRetriever::query_store(VectorStoreQuery query, Search* search, const char* step) {
    const auto start = Clock::now();
    std::vector<NodeWithScore> found = co_await vector_store_.aquery(std::move(query));
    search->result.timings_ms[step] = ms_since(start);
    co_return found;
}

void QueryFusionRetriever::fuse(Search* search) const {
    const auto start = Clock::now();
    search->evidence.cosine = best_of(search->dense, &NodeScores::dense);
    search->evidence.bm25 = best_of(search->sparse, &NodeScores::sparse);

    const bool both = search->mode == RetrievalMode::hybrid && search->dense_done;
    std::vector<Ranking> rankings;
    if (search->dense_done) rankings.push_back(ranking_of(search->dense, &NodeScores::dense, both ? params_.dense_weight : 1));
    if (search->mode != RetrievalMode::dense)
        rankings.push_back(ranking_of(search->sparse, &NodeScores::sparse, both ? 1 - params_.dense_weight : 1));
    const auto fused =
        params_.fusion == Fusion::relative_score ? fuse_relative_score(rankings) : fuse_reciprocal_rank(rankings, params_.rrf_k);

    std::unordered_map<std::string, NodeWithScore> nodes;
    for (auto* found : {&search->dense, &search->sparse}) {
        for (NodeWithScore& node : *found) {
            const std::string id = node.node.id;
            const NodeScores scores = node.scores;
            NodeWithScore& known = nodes.try_emplace(id, std::move(node)).first->second;
            if (scores.dense) known.scores.dense = scores.dense;
            if (scores.sparse) known.scores.sparse = scores.sparse;
        }
        found->clear();
    }
    // A running head or a repeated notice is found as often as it stands in the document; reading it once is enough.
    std::set<std::pair<std::string, std::string>> texts;
    for (const RankedItem& item : fused) {
        NodeWithScore& node = nodes.at(item.id);
        if (!texts.emplace(node.node.document_id, node.node.text).second) continue;
        node.score = static_cast<float>(item.score);
        node.scores.fused = node.score;
        search->result.nodes.push_back(std::move(node));
    }
    search->result.timings_ms["fuse"] = ms_since(start);
}

Task<> QueryFusionRetriever::rerank(Search* search) {
    auto& nodes = search->result.nodes;
    if (!reranker_ || !search->query.rerank || nodes.empty()) co_return;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(nodes.size(), params_.rerank_top_n); ++i) texts.push_back(searchable_text(nodes[i].node));
    const auto start = Clock::now();
    const std::vector<float> logits = co_await score(search, std::move(texts));
    search->result.timings_ms["rerank"] = ms_since(start);
    if (logits.empty()) co_return;

    std::vector<double> fused;
    for (const NodeWithScore& node : nodes) fused.push_back(node.score);
    for (std::size_t i = 0; i < logits.size(); ++i) nodes[i].scores.rerank = logits[i];
    search->evidence.logit = best_of(nodes, &NodeScores::rerank);
    const std::vector<double> opinions(logits.begin(), logits.end());
    const auto order = blend_rerank(fused, opinions, params_.rerank_weight);
    std::vector<NodeWithScore> reordered;
    reordered.reserve(nodes.size());
    for (const Blended& place : order) {
        reordered.push_back(std::move(nodes[place.index]));
        reordered.back().score = static_cast<float>(place.score);
    }
    nodes = std::move(reordered);
}

/// The logits; none, and a note, where the reranker cannot give them: the fused order is an answer without it.
Task<std::vector<float>> QueryFusionRetriever::score(Search* search, std::vector<std::string> texts) {
    const std::size_t asked = texts.size();
    const char* how = "failed";
    try {
        const auto budget = search->query.rerank_budget.value_or(params_.rerank_budget);
        const auto deadline = Clock::now() + budget;
        auto task = reranker_->ascore(search->query.query_str, std::move(texts), deadline);
        // The reranker minds the deadline between two batches. This one is for the batch that does not end.
        std::vector<float> logits = co_await with_deadline(std::move(task), 2 * budget);
        const bool sound = logits.size() <= asked && std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); });
        if (sound && !logits.empty()) co_return logits;
    } catch (const Error& error) {
        if (error.code() == errc::unavailable) how = "is not ready";
        if (error.code() == errc::overloaded) how = "is busy";
        if (error.code() == errc::timeout) how = "took too long";
    }
    search->result.notes.push_back(fmt::format("The reranker {}: the order is that of the search alone.", how));
    co_return std::vector<float>();
}

}  // namespace docmind
