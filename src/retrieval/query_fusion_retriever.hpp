#pragma once
// "Which passages matter?" Asks the vectors and the words at the same time, makes one ranking of both, and lets a cross-encoder read the
// best of it again. What cannot be done now (a model that is not ready) is left out and said in the notes.
//
//   input -> embed -> dense -> fuse -> rerank      a QueryPipeline; what a query does not ask for is not in its pipeline
//         -> sparse ---------->

#include "retrieval/passage_steps.hpp"
#include "retrieval/relevance.hpp"

#include <docmind/embedding.hpp>
#include <docmind/postprocessor.hpp>
#include <docmind/query_components.hpp>
#include <docmind/query_pipeline.hpp>
#include <docmind/retriever.hpp>
#include <docmind/vector_store.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

/// Answers "which passages, in which order, and are they about the question at all?". Does not keep anything between two questions.
class QueryFusionRetriever final : public Retriever {
  public:
    struct Params {
        RetrievalMode mode = RetrievalMode::hybrid;  ///< what a query that says hybrid gets
        std::size_t candidates = 50;                 ///< taken from each side before fusion; similarity_top_k where that is more
        std::size_t max_top_k = 1000;                ///< a larger similarity_top_k is refused
        std::size_t max_query_chars = 32768;         ///< characters (not bytes) of a question; a longer one is refused
        FusionMode fusion = FusionMode::relative_score;
        double rrf_k = 60;                              ///< of reciprocal_rank
        double dense_weight = 0.5;                      ///< 0..1; the rest is the weight of sparse
        std::size_t rerank_top_n = 20;                  ///< passages the reranker reads
        std::chrono::milliseconds rerank_budget{1500};  ///< after this it starts no further batch
        double rerank_weight = 0.4;                     ///< 0..1; the rest is the weight of the fused score
        double relevance_threshold = 0.5;               ///< RetrievalResult::relevant from here on
        RelevanceModel relevance;
        PassageSteps::Params steps;          ///< what becomes of what was found
        std::size_t max_candidates = 2'000;  ///< where so many copies were found that too few passages are left, so many are looked for
    };

    /// `reranker` may be null: then the fused order stands. All outlive the retriever. Errors: invalid_argument (a weight outside 0..1, a
    /// count of zero, a negative k).
    /// `documents` is needed where steps.boosts are.
    QueryFusionRetriever(Params params, Embedding& embedding, VectorStore& vector_store, Reranker* reranker,
                         DocumentStore* documents = nullptr);
    QueryFusionRetriever(const QueryFusionRetriever&) = delete;
    QueryFusionRetriever& operator=(const QueryFusionRetriever&) = delete;

    /// Further errors: invalid_argument (similarity_top_k 0 or too large, a question too long), overloaded.
    Task<RetrievalResult> aretrieve(QueryBundle query) override;

  private:
    using Passages = std::vector<NodeWithScore>;
    /// A vector and the model it comes from go together, all the way.
    struct EmbeddedQuestion {
        Vector vector;
        std::string model_id;
    };
    /// What was found, and the strongest signs of all that was seen on the way.
    struct Found {
        RetrievalResult result;
        Evidence evidence;
        std::size_t copies = 0;  ///< passages that others stand for
    };

    [[nodiscard]] QueryPipeline make_pipeline(RetrievalMode mode, bool with_reranker);
    /// "vector", or a "note" where the question cannot be embedded and need not be.
    Task<QueryValues> embed(QueryBundle query);
    /// "nodes", or a "note" in the same way.
    Task<QueryValues> search_dense(QueryBundle query, EmbeddedQuestion question);
    Task<EmbeddedQuestion> embed_question(std::string question);
    /// Where the vector is of a model that was exchanged since, the question is embedded again, once.
    Task<Passages> nearest(VectorStoreQuery asked, std::string question);
    Task<Passages> search_sparse(QueryBundle query);
    [[nodiscard]] Found fuse(std::optional<Passages> dense, std::optional<Passages> sparse) const;
    Task<Found> rerank(QueryBundle query, Found found);
    [[nodiscard]] std::size_t candidates(const QueryBundle& query) const;

    const Params params_;
    Embedding& embedding_;
    VectorStore& vector_store_;
    Reranker* const reranker_;
    const PassageSteps steps_;
    std::map<std::pair<RetrievalMode, bool>, QueryPipeline> pipelines_;  ///< by what is asked for: mode, with the reranker
};

}  // namespace docmind
