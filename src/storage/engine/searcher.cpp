#include "storage/engine/searcher.hpp"

#include "storage/engine/document_table.hpp"
#include "storage/engine/full_text.hpp"
#include "storage/engine/node_table.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>

namespace docmind {
namespace {

/// Ascending; nothing where every document is asked for.
std::optional<std::vector<std::int64_t>> document_keys(Database& reader, const VectorStoreQuery& query) {
    if (query.document_ids.empty()) return std::nullopt;
    DocumentTable documents(reader);
    std::vector<std::int64_t> keys;
    for (const std::string& id : query.document_ids) {
        if (const auto key = documents.key_of(id)) keys.push_back(*key);
    }
    std::ranges::sort(keys);
    return keys;
}

}  // namespace

std::vector<NodeWithScore> search_dense(Database& reader, const DenseIndex& index, const VectorStoreQuery& query, std::stop_token stop) {
    for (;;) {
        const auto snapshot = index.snapshot();
        const ReadTransaction transaction(reader);
        // Published between the two, a change may have taken rows out of the index that this transaction still sees: look again.
        if (index.snapshot() != snapshot) continue;
        const auto keys = document_keys(reader, query);
        NodeTable nodes(reader);
        // Rows that are not committed yet, or not any more, are passed over; they can take places of others only while a change is under
        // way.
        for (std::size_t wanted = query.similarity_top_k;; wanted *= 2) {
            const std::vector<DenseHit> hits = snapshot->search(query.embedding, wanted, keys, stop);
            std::vector<NodeWithScore> found;
            for (const DenseHit& hit : hits) {
                if (found.size() == query.similarity_top_k) break;
                std::optional<NodeWithScore> node = nodes.find(hit.node_key);
                if (!node) continue;
                node->score = hit.score;
                node->scores.dense = hit.score;
                found.push_back(std::move(*node));
            }
            if (found.size() == query.similarity_top_k || hits.size() < wanted) return found;
        }
    }
}

std::vector<NodeWithScore> search_sparse(Database& reader, const VectorStoreQuery& query, std::stop_token stop) {
    const ReadTransaction transaction(reader);
    const auto keys = document_keys(reader, query);
    NodeTable nodes(reader);
    std::vector<NodeWithScore> found;
    for (const TextHit& hit : FullText(reader).search(query.text, query.similarity_top_k, keys, stop)) {
        std::optional<NodeWithScore> node = nodes.find(hit.node_key);
        if (!node) throw Error(errc::storage, "The full-text index names a passage that is not there. Run `docmind doctor`.");
        node->score = hit.score;
        node->scores.sparse = hit.score;
        found.push_back(std::move(*node));
    }
    return found;
}

}  // namespace docmind
