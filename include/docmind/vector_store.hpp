#pragma once
// "Where are my passages?" Documents, pages, nodes, vectors and full text, in one transaction a document.

#include <docmind/metadata_filter.hpp>
#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace docmind {

enum class VectorStoreQueryMode { dense, sparse };

struct VectorStoreQuery {
    VectorStoreQueryMode mode = VectorStoreQueryMode::dense;
    Vector embedding;  ///< for dense; unit length
    std::string
        model_id;      ///< of the model that `embedding` comes from, Embedding::model_id(); empty: not said, whoever asks answers for it
    std::string text;  ///< for sparse; any text, never a syntax error
    std::size_t similarity_top_k = 10;
    std::vector<std::string> document_ids;  ///< only these; empty = all
    std::vector<MetadataFilter> filters;    ///< only documents for which all of these hold; part of the search, not applied afterwards
};

class VectorStore {
  public:
    virtual ~VectorStore() = default;
    /// Stores the document's pages and nodes in one transaction; what an earlier version of it had is replaced in the same transaction.
    /// Errors: invalid_argument (a vector's dimension), unavailable (the store has no vectors of that model), storage, storage_full.
    virtual Task<> aadd(EmbeddedDocument document) = 0;
    /// Best first. Dense: cosine in scores.dense. Sparse: BM25 (higher is better) in scores.sparse. Errors: invalid_argument (dimension),
    /// unavailable (dense: the vectors of another model are searched now; a vector is never compared with those of another model).
    virtual Task<std::vector<NodeWithScore>> aquery(VectorStoreQuery query) = 0;
    /// Once it returns, nothing of the document is searchable. Deleting what is not there is no error.
    virtual Task<> adelete(std::string document_id) = 0;
    /// The nodes of one document in order, from `offset`.
    virtual Task<std::vector<Node>> aget_nodes(std::string document_id, std::size_t offset, std::size_t limit) = 0;
    /// One page as the reader saw it. Errors: not_found.
    virtual Task<Page> aget_page(std::string document_id, int number) = 0;
};

}  // namespace docmind
