#pragma once
// "Which passages matter to this question?"

#include <docmind/metadata_filter.hpp>
#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

enum class RetrievalMode { hybrid, dense, sparse };

struct QueryBundle {
    std::string query_str;
    std::size_t similarity_top_k = 10;
    RetrievalMode mode = RetrievalMode::hybrid;
    bool rerank = true;
    std::optional<std::chrono::milliseconds> rerank_budget;  ///< time for the reranker; absent = the configured
    std::vector<std::string> document_ids;                   ///< only these; empty = all
    std::vector<MetadataFilter> filters;                     ///< only documents for which all of these hold
};

struct RetrievalResult {
    std::vector<NodeWithScore> nodes;          ///< best first
    bool relevant = false;                     ///< do raw scores say that the documents speak of this at all?
    float relevance = 0;                       ///< 0..1, from raw scores; `relevant` is this against a threshold
    std::map<std::string, double> timings_ms;  ///< embed, dense, sparse, fuse, rerank, total
    std::vector<std::string> notes;  ///< what could not be done, in words ("The embedding model is not ready: keyword search only.")
};

class Retriever {
  public:
    virtual ~Retriever() = default;
    /// Errors: invalid_argument (empty query), unavailable (nothing can search), storage.
    virtual Task<RetrievalResult> aretrieve(QueryBundle query) = 0;
};

}  // namespace docmind
