#include "storage/engine/searcher.hpp"

#include "storage/engine/document_filter.hpp"
#include "storage/engine/node_table.hpp"
#include "analysis/text_query.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace docmind {
namespace {

/// `newest` gives what the index has published. Calls `search(snapshot, keys, wanted)` for more and more hits until the store has given as
/// many nodes as the query asks for, or there are no more; `use` takes each node it wants.
template <class Snapshot, class Search, class Use>
std::vector<NodeWithScore> collect(Database& reader, Snapshot newest, const VectorStoreQuery& query, std::size_t uncommitted, Search search,
                                   Use use) {
    for (;;) {
        const auto snapshot = newest();
        const ReadTransaction transaction(reader);
        // Published between the two, a change may have taken rows out of the index that this transaction still sees: look again.
        if (newest() != snapshot) continue;
        const auto keys = document_keys(reader, query);
        NodeTable nodes(reader);
        // Rows that are not committed yet, or not any more, are passed over; they can take places of others only while a change is under
        // way.
        for (std::size_t wanted = query.similarity_top_k + std::min(uncommitted, query.similarity_top_k);; wanted *= 2) {
            const auto hits = search(*snapshot, keys, wanted);
            std::vector<NodeWithScore> found;
            for (const auto& hit : hits) {
                if (found.size() == query.similarity_top_k) break;
                std::optional<NodeWithScore> node = nodes.find(hit.node_key);
                if (!node) continue;
                node->score = hit.score;
                if (use(*node, hit)) found.push_back(std::move(*node));
            }
            if (found.size() == query.similarity_top_k || hits.size() < wanted) return found;
        }
    }
}

/// A phrase stands in one field.
bool holds_phrases(const Node& node, const std::vector<TextQuery::Phrase>& phrases, TextAnalyzer& analyzer) {
    return std::ranges::all_of(phrases, [&](const TextQuery::Phrase& phrase) {
        return holds_phrase(node.text, phrase, analyzer) || holds_phrase(node.title, phrase, analyzer) ||
               holds_phrase(node.section, phrase, analyzer);
    });
}

}  // namespace

std::vector<NodeWithScore> search_dense(Database& reader, const DenseIndex& index, const VectorStoreQuery& query, std::size_t uncommitted,
                                        std::stop_token stop) {
    const auto search = [&](const DenseSnapshot& snapshot, const auto& keys, std::size_t wanted) {
        return snapshot.search(query.embedding, wanted, keys, stop);
    };
    const auto use = [](NodeWithScore& node, const DenseHit&) {
        node.scores.dense = node.score;
        return true;
    };
    const auto newest = [&] {
        auto snapshot = index.snapshot(query.model_id);
        if (snapshot) return snapshot;
        throw Error(errc::unavailable, fmt::format("The question was embedded with {}, but the passages are searched with {} now.",
                                                   query.model_id, index.snapshot()->space()));
    };
    return collect(reader, newest, query, uncommitted, search, use);
}

std::vector<NodeWithScore> search_sparse(Database& reader, const TextIndex& index, const VectorStoreQuery& query, std::size_t uncommitted,
                                         std::stop_token stop) {
    const auto newest = [&] { return index.snapshot(); };
    TextAnalyzer analyzer;
    TextQuery words = parse_text_query(query.text, analyzer);
    const auto search = [&](const TextSnapshot& snapshot, const auto& keys, std::size_t wanted) {
        return snapshot.search(words, wanted, keys, stop);
    };
    const auto use = [&](NodeWithScore& node, const TextHit& hit) {
        node.scores.sparse = node.score;
        for (std::size_t i = 0; i < words.terms.size(); ++i) {
            const bool is_there = i < 64 && (hit.matched >> i & 1) != 0;
            (is_there ? node.matched_terms : node.missing_terms).push_back(words.terms[i]);
        }
        return words.phrases.empty() || holds_phrases(node.node, words.phrases, analyzer);
    };
    std::vector<NodeWithScore> found = collect(reader, newest, query, uncommitted, search, use);
    if (!found.empty() || words.phrases.empty()) return found;
    words.phrases.clear();
    return collect(reader, newest, query, uncommitted, search, use);
}

}  // namespace docmind
