#include "retrieval/query_fusion_retriever.hpp"

#include "retrieval/passage_fusion.hpp"
#include "retrieval/passage_rerank.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
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

QueryValues keyword_search_only(const char* what, const Error& error) {
    const char* how = error.code() == errc::unavailable ? "is not ready" : "failed";
    QueryValues outputs;
    outputs.emplace("note", fmt::format("{} {}: keyword search only.", what, how));
    return outputs;
}

QueryValues output(const char* key, QueryValue value) {
    QueryValues outputs;
    outputs.emplace(key, std::move(value));
    return outputs;
}

std::optional<double> best_of(const std::vector<NodeWithScore>& nodes, std::optional<float> NodeScores::* score) {
    std::optional<double> best;
    for (const NodeWithScore& node : nodes) {
        if (const auto value = node.scores.*score; value && (!best || *value > *best)) best = *value;
    }
    return best;
}

/// Of the passage that came out first among those that have it.
std::optional<double> first_of(const std::vector<NodeWithScore>& nodes, std::optional<float> NodeScores::* score) {
    for (const NodeWithScore& node : nodes) {
        if (const auto value = node.scores.*score) return *value;
    }
    return std::nullopt;
}

void set_ranks(std::vector<NodeWithScore>& nodes, std::optional<int> NodeScores::* rank) {
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].scores.*rank = static_cast<int>(i) + 1;
}

/// Share of the question's words that stand in any of the passages. Two words that are always there are added, because one word that is
/// missing says much where there are many, and little where there are two: a question may share no word with what answers it. Where nothing
/// was found it is not known how many words there are; they count as two.
double coverage_of(const std::vector<NodeWithScore>& found) {
    constexpr double added = 2;
    if (found.empty()) return added / (added + 2);
    std::set<std::string_view> matched;
    for (const NodeWithScore& node : found) matched.insert(node.matched_terms.begin(), node.matched_terms.end());
    const auto total = static_cast<double>(found.front().matched_terms.size() + found.front().missing_terms.size());
    return (static_cast<double>(matched.size()) + added) / (total + added);
}

}  // namespace

QueryFusionRetriever::QueryFusionRetriever(Params params, Embedding& embedding, VectorStore& vector_store, Reranker* reranker,
                                           DocumentStore* documents)
    : params_(std::move(params)),
      embedding_(embedding),
      vector_store_(vector_store),
      reranker_(reranker),
      steps_(params_.steps, vector_store, documents) {
    const auto is_share = [](double weight) { return weight >= 0 && weight <= 1; };
    if (!is_share(params_.dense_weight) || !is_share(params_.rerank_weight) || !is_share(params_.relevance_threshold)) {
        throw Error(errc::invalid_argument, "dense_weight, rerank_weight and relevance_threshold must be between 0 and 1.");
    }
    if (params_.candidates == 0 || params_.max_top_k == 0 || params_.max_query_chars == 0 || params_.rerank_top_n == 0) {
        throw Error(errc::invalid_argument, "candidates, max_top_k, max_query_chars and rerank_top_n must be at least 1.");
    }
    if (!(params_.rrf_k >= 0)) throw Error(errc::invalid_argument, "rrf_k must not be negative.");
    if (params_.rerank_budget.count() <= 0) throw Error(errc::invalid_argument, "rerank_budget must be positive.");
    for (const RetrievalMode mode : {RetrievalMode::hybrid, RetrievalMode::dense, RetrievalMode::sparse}) {
        pipelines_.emplace(std::pair(mode, false), make_pipeline(mode, false));
        if (reranker_ != nullptr) pipelines_.emplace(std::pair(mode, true), make_pipeline(mode, true));
    }
}

QueryPipeline QueryFusionRetriever::make_pipeline(RetrievalMode mode, bool with_reranker) {
    const auto embed_query = [this](QueryBundle query) { return embed(std::move(query)); };
    const auto by_meaning = [this](QueryBundle query, EmbeddedQuestion question) {
        return search_dense(std::move(query), std::move(question));
    };
    const auto by_words = [this](QueryBundle query) { return search_sparse(std::move(query)); };
    const auto make_one = [this](std::optional<Passages> dense, std::optional<Passages> sparse, std::optional<std::string> no_vector,
                                 std::optional<std::string> no_search) {
        Found found = fuse(std::move(dense), std::move(sparse));
        for (auto* note : {&no_vector, &no_search}) {
            if (*note) found.result.notes.push_back(std::move(**note));
        }
        return found;
    };
    const auto read_again = [this](QueryBundle query, Found found) { return rerank(std::move(query), std::move(found)); };

    QueryPipeline pipeline;
    pipeline.add_modules({{"fuse", make_component({"dense", "sparse", "no_vector", "no_search"}, make_one)}});
    if (mode != RetrievalMode::sparse) {
        const auto note = optional_query_key<std::string>("note");
        pipeline.add_modules({{"embed", make_component({"query"}, {optional_query_key<EmbeddedQuestion>("vector"), note}, embed_query)},
                              {"dense", make_component({"query", "vector"}, {optional_query_key<Passages>("nodes"), note}, by_meaning)}});
        pipeline.add_link("input", "embed");
        pipeline.add_link("embed", "dense", {.src_key = "vector", .dest_key = "vector"});
        pipeline.add_link("input", "dense");
        pipeline.add_link("dense", "fuse", {.src_key = "nodes", .dest_key = "dense"});
        pipeline.add_link("embed", "fuse", {.src_key = "note", .dest_key = "no_vector"});
        pipeline.add_link("dense", "fuse", {.src_key = "note", .dest_key = "no_search"});
    }
    if (mode != RetrievalMode::dense) {
        pipeline.add_modules({{"sparse", make_component({"query"}, by_words)}});
        pipeline.add_link("input", "sparse");
        pipeline.add_link("sparse", "fuse", {.dest_key = "sparse"});
    }
    if (with_reranker) {
        pipeline.add_modules({{"rerank", make_component({"query", "nodes"}, read_again)}});
        pipeline.add_link("fuse", "rerank");
        pipeline.add_link("input", "rerank");
    }
    return pipeline;
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
    if (query.mode == RetrievalMode::hybrid) query.mode = params_.mode;
    const std::size_t top_k = query.similarity_top_k;
    QueryPipeline& pipeline = pipelines_.at({query.mode, query.rerank && reranker_ != nullptr});
    QueryResult ran = co_await pipeline.arun(query);
    auto found = ran.take<Found>();
    // Copies of a few passages have taken the places of all others: those are behind them.
    while (found.result.nodes.size() < top_k && found.copies > 0 && found.result.nodes.size() + found.copies >= candidates(query) &&
           candidates(query) < params_.max_candidates) {
        query.similarity_top_k = std::min(4 * candidates(query), params_.max_candidates);
        ran = co_await pipeline.arun(query);
        found = ran.take<Found>();
    }
    RetrievalResult& result = found.result;
    const double value = relevance(found.evidence, params_.relevance);
    result.relevance = static_cast<float>(value);
    result.relevant = !result.nodes.empty() && value >= params_.relevance_threshold;
    if (steps_.arranges()) {
        const auto arranging = Clock::now();
        Passages shown = co_await steps_.aarrange(std::move(result.nodes), top_k);
        result.nodes = std::move(shown);
        ran.timings_ms["arrange"] = ms_since(arranging);
    }
    if (result.nodes.size() > top_k) result.nodes.resize(top_k);
    result.timings_ms = std::move(ran.timings_ms);
    result.timings_ms["total"] = ms_since(start);
    co_return std::move(result);
}

std::size_t QueryFusionRetriever::candidates(const QueryBundle& query) const {
    return std::max(params_.candidates, query.similarity_top_k);
}

Task<QueryValues> QueryFusionRetriever::embed(QueryBundle query) {
    try {
        EmbeddedQuestion question = co_await embed_question(std::move(query.query_str));
        co_return output("vector", std::move(question));
    } catch (const Error& error) {
        if (query.mode == RetrievalMode::dense || !can_do_without(error.code())) throw;
        co_return keyword_search_only("The embedding model", error);
    }
}

Task<QueryFusionRetriever::EmbeddedQuestion> QueryFusionRetriever::embed_question(std::string question) {
    const std::shared_ptr<Embedding> model = co_await embedding_.acurrent_model();
    Vector vector = co_await model->aget_query_embedding(std::move(question));
    co_return EmbeddedQuestion{.vector = std::move(vector), .model_id = model->model_id()};
}

Task<QueryFusionRetriever::Passages> QueryFusionRetriever::nearest(VectorStoreQuery asked, std::string question) {
    std::optional<Error> refused;
    try {
        co_return co_await vector_store_.aquery(asked);
    } catch (const Error& error) {
        if (error.code() != errc::unavailable) throw;
        refused = error;
    }
    // The model was exchanged while the question was embedded.
    EmbeddedQuestion again = co_await embed_question(std::move(question));
    if (again.model_id == asked.model_id) throw Error(*refused);
    asked.embedding = std::move(again.vector);
    asked.model_id = std::move(again.model_id);
    co_return co_await vector_store_.aquery(std::move(asked));
}

Task<QueryValues> QueryFusionRetriever::search_dense(QueryBundle query, EmbeddedQuestion question) {
    VectorStoreQuery asked{.mode = VectorStoreQueryMode::dense,
                           .embedding = std::move(question.vector),
                           .model_id = std::move(question.model_id),
                           .text = {},
                           .similarity_top_k = candidates(query),
                           .document_ids = std::move(query.document_ids),
                           .filters = std::move(query.filters)};
    try {
        Passages found = co_await nearest(std::move(asked), std::move(query.query_str));
        co_return output("nodes", std::move(found));
    } catch (const Error& error) {
        if (query.mode == RetrievalMode::dense || !can_do_without(error.code())) throw;
        co_return keyword_search_only("The search by meaning", error);
    }
}

Task<QueryFusionRetriever::Passages> QueryFusionRetriever::search_sparse(QueryBundle query) {
    VectorStoreQuery asked{.mode = VectorStoreQueryMode::sparse,
                           .embedding = {},
                           .model_id = {},
                           .text = std::move(query.query_str),
                           .similarity_top_k = candidates(query),
                           .document_ids = std::move(query.document_ids),
                           .filters = std::move(query.filters)};
    Passages found = co_await vector_store_.aquery(std::move(asked));
    co_return found;
}

QueryFusionRetriever::Found QueryFusionRetriever::fuse(std::optional<Passages> dense, std::optional<Passages> sparse) const {
    Found found;
    if (dense) {
        found.evidence.cosine = best_of(*dense, &NodeScores::dense);
        set_ranks(*dense, &NodeScores::dense_rank);
    }
    if (sparse) {
        found.evidence.bm25 = best_of(*sparse, &NodeScores::sparse);
        found.evidence.coverage = coverage_of(*sparse);
        set_ranks(*sparse, &NodeScores::sparse_rank);
    }
    const bool both = dense && sparse;
    std::vector<PassageList> lists;
    if (dense) lists.push_back({std::move(*dense), both ? params_.dense_weight : 1});
    if (sparse) lists.push_back({std::move(*sparse), both ? 1 - params_.dense_weight : 1});
    found.result.nodes = steps_.suppress(fuse_passages(std::move(lists), params_.fusion, params_.rrf_k));
    for (const NodeWithScore& node : found.result.nodes) found.copies += node.also_in.size();
    return found;
}

Task<QueryFusionRetriever::Found> QueryFusionRetriever::rerank(QueryBundle query, Found found) {
    const RerankComponent::Params params{
        .top_n = params_.rerank_top_n, .budget = query.rerank_budget.value_or(params_.rerank_budget), .weight = params_.rerank_weight};
    found.result = co_await rerank_passages(reranker_, params, std::move(query.query_str), std::move(found.result));
    found.evidence.logit = first_of(found.result.nodes, &NodeScores::rerank);
    co_return found;
}

}  // namespace docmind
