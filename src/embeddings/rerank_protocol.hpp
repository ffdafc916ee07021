#pragma once
// "How do I ask a server how well texts fit a question, and what did it answer?" Bodies as values: knows no socket.
//
// Jina, Cohere, vLLM and llama-server have /v1/rerank with "documents" and answer {"results":[{"index","relevance_score"}]};
// text-embeddings-inference has /rerank with "texts" and answers [{"index","score"}].

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Where and how a server is asked.
enum class RerankDialect {
    v1_documents,  ///< /v1/rerank, "documents"
    documents,     ///< /rerank, "documents"
    texts,         ///< /rerank, "texts"
};

/// `root`: http://host:port/v1.
[[nodiscard]] std::string rerank_url(const std::string& root, RerankDialect dialect);

/// The JSON of a request for the scores of all texts. Without a model's name the server uses the one it has. All are UTF-8.
[[nodiscard]] std::string rerank_body(const std::string& model, const std::string& query, const std::vector<std::string>& texts,
                                      RerankDialect dialect);

/// The `count` scores in an answer of either shape, in the order of the texts. Errors: backend (no JSON, an error object, an index that is
/// missing, twice or out of range, too few scores, one that is no finite number).
[[nodiscard]] std::vector<double> parse_scores(std::string_view body, std::size_t count);

/// The logit of a probability; of 0 and 1, and what is closer to them than a float can tell, -16 and 16.
[[nodiscard]] float logit_of(double probability) noexcept;

}  // namespace docmind
