#include "application/make_retriever.hpp"

#include "application/boost_list.hpp"
#include "application/milliseconds.hpp"
#include "retrieval/query_fusion_retriever.hpp"

namespace docmind {
namespace {

PassageSteps::Params passage_steps(const Settings& s) {
    using Mode = ContextComponent::Mode;
    const Settings::Retrieval& r = s.retrieval;
    return {.duplicates = {.similarity = r.duplicates},
            .boosts = {.freshness = r.freshness, .half_life_days = r.freshness_days, .rules = parse_boosts(r.boosts)},
            .diversity = {.per_document = static_cast<std::size_t>(r.per_document), .diversity = r.diversity},
            .context = {.mode = r.context == "window"  ? Mode::window
                                : r.context == "merge" ? Mode::merge
                                                       : Mode::none}};
}

QueryFusionRetriever::Params retriever_params(const Settings& s) {
    return {.mode = s.retrieval.mode,
            .candidates = static_cast<std::size_t>(s.retrieval.candidates),
            .fusion = s.retrieval.fusion == "rrf" ? FusionMode::reciprocal_rank : FusionMode::relative_score,
            .rrf_k = s.retrieval.rrf_k,
            .dense_weight = s.retrieval.dense_weight,
            .rerank_top_n = static_cast<std::size_t>(s.reranker.top_n),
            .rerank_budget = milliseconds_of(s.reranker.budget),
            .rerank_weight = s.reranker.weight,
            .steps = passage_steps(s)};
}

}  // namespace

std::shared_ptr<Retriever> make_retriever(const Settings& settings, Embedding& embedding, VectorStore& vectors, Reranker* reranker,
                                          DocumentStore& documents) {
    return std::make_shared<QueryFusionRetriever>(retriever_params(settings), embedding, vectors, reranker, &documents);
}

}  // namespace docmind
