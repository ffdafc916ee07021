#include "storage/memory_vector_store.hpp"

#include "async/deadline.hpp"
#include "storage/engine/document_check.hpp"
#include "analysis/text_analysis.hpp"
#include "analysis/text_query.hpp"

#include <docmind/document_store.hpp>
#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace docmind {
namespace {

/// Like the real store, every call suspends once: who forgets to await, or relies on nothing happening in between, is found out.
Task<> suspend() {
    co_await yield_now();
}

bool is_asked(const VectorStoreQuery& query, const Document& document) {
    const bool named = query.document_ids.empty() || std::ranges::find(query.document_ids, document.id) != query.document_ids.end();
    return named && matches(query.filters, {.name = document.name, .media_type = document.media_type, .metadata = document.metadata});
}

void keep_best(std::vector<NodeWithScore>& nodes, std::size_t count) {
    std::ranges::sort(nodes, [](const NodeWithScore& a, const NodeWithScore& b) {
        return std::tie(b.score, a.node.document_id, a.node.ordinal) < std::tie(a.score, b.node.document_id, b.node.ordinal);
    });
    if (nodes.size() > count) nodes.resize(count);
}

double length(const Vector& vector) {
    double square = 0;
    for (const float x : vector) square += static_cast<double>(x) * x;
    if (!std::isfinite(square)) throw Error(errc::invalid_argument, "A vector has a component that is not a number.");
    return std::sqrt(square);
}

/// How often each of `terms` stands in `text`, and how many words the text has.
struct Counts {
    std::vector<double> of_term;
    double words = 0;
};

Counts count(const std::string& text, const std::vector<std::string>& terms, TextAnalyzer& analyzer) {
    Counts counts{.of_term = std::vector<double>(terms.size())};
    for (const Token& token : analyzer.tokens(text)) {
        counts.words += token.kind == Token::Kind::joined ? 0 : 1;
        const std::string& word = analyzer.term(token);
        for (std::size_t t = 0; t < terms.size(); ++t) counts.of_term[t] += terms[t] == word ? 1 : 0;
    }
    return counts;
}

}  // namespace

Task<> MemoryVectorStore::aadd(EmbeddedDocument document) {
    co_await suspend();
    check_document(document, dimension_);
    check_model(document.model_id);
    if (model_id_.empty() && !document.nodes.empty()) model_id_ = document.model_id;
    if (!document.nodes.empty()) dimension_ = document.nodes.front().embedding.size();
    if (document.document.name.empty()) document.document.name = document.document.id;
    for (EmbeddedNode& node : document.nodes) node.node.document_id = document.document.id;
    std::ranges::sort(document.nodes, {}, [](const EmbeddedNode& node) { return node.node.ordinal; });
    const std::string id = document.document.id;
    documents_.insert_or_assign(id, std::move(document));
}

Task<std::vector<NodeWithScore>> MemoryVectorStore::aquery(VectorStoreQuery query) {
    co_await suspend();
    check_filters(query.filters);
    if (query.mode == VectorStoreQueryMode::dense) check_model(query.model_id);
    co_return query.mode == VectorStoreQueryMode::dense ? dense(query) : sparse(query);
}

void MemoryVectorStore::check_model(const std::string& model_id) const {
    if (model_id.empty() || model_id_.empty() || model_id == model_id_) return;
    throw Error(errc::unavailable, fmt::format("The vectors here are of {}, not of {}.", model_id_, model_id));
}

std::vector<NodeWithScore> MemoryVectorStore::dense(const VectorStoreQuery& query) const {
    const double query_length = length(query.embedding);
    std::vector<NodeWithScore> found;
    for (const auto& [id, document] : documents_) {
        for (const EmbeddedNode& node : document.nodes) {
            if (node.embedding.size() != query.embedding.size()) {
                throw Error(errc::invalid_argument, fmt::format("The question's vector has {} components, those of the passages have {}.",
                                                                query.embedding.size(), node.embedding.size()));
            }
            if (!is_asked(query, document.document)) continue;
            double product = 0;
            for (std::size_t i = 0; i < node.embedding.size(); ++i) product += static_cast<double>(node.embedding[i]) * query.embedding[i];
            const double lengths = query_length * length(node.embedding);
            const auto score = static_cast<float>(lengths > 0 ? product / lengths : 0);
            found.push_back({.node = node.node, .document_name = document.document.name, .score = score, .scores = {.dense = score}});
        }
    }
    keep_best(found, query.similarity_top_k);
    return found;
}

// BM25 with k1 = 1.2 and b = 0.75 over title, section and text together.
std::vector<NodeWithScore> MemoryVectorStore::sparse(const VectorStoreQuery& query) const {
    TextAnalyzer analyzer;
    const std::vector<std::string> terms = parse_text_query(query.text, analyzer).terms;
    std::vector<std::pair<Counts, NodeWithScore>> passages;
    std::vector<double> holders(terms.size());
    double words = 0;
    for (const auto& [id, document] : documents_) {
        for (const EmbeddedNode& node : document.nodes) {
            Counts counts = count(node.node.title + " " + node.node.section + " " + node.node.text, terms, analyzer);
            words += counts.words;
            for (std::size_t t = 0; t < terms.size(); ++t) holders[t] += counts.of_term[t] > 0 ? 1 : 0;
            passages.emplace_back(std::move(counts), NodeWithScore{.node = node.node, .document_name = document.document.name});
        }
    }
    std::vector<NodeWithScore> found;
    const auto total = static_cast<double>(passages.size());
    for (auto& [counts, node] : passages) {
        if (!is_asked(query, documents_.at(node.node.document_id).document)) continue;
        double score = 0;
        for (std::size_t t = 0; t < terms.size(); ++t) {
            const double rarity = std::max(std::log((total - holders[t] + 0.5) / (holders[t] + 0.5)), 1e-6);
            score += rarity * counts.of_term[t] * 2.2 / (counts.of_term[t] + 1.2 * (0.25 + 0.75 * counts.words * total / words));
        }
        if (score <= 0) continue;
        node.score = std::max(static_cast<float>(score), 1e-30F);
        node.scores.sparse = node.score;
        for (std::size_t t = 0; t < terms.size(); ++t)
            (counts.of_term[t] > 0 ? node.matched_terms : node.missing_terms).push_back(terms[t]);
        found.push_back(std::move(node));
    }
    keep_best(found, query.similarity_top_k);
    return found;
}

Task<> MemoryVectorStore::adelete(std::string document_id) {
    co_await suspend();
    documents_.erase(document_id);
}

Task<std::vector<Node>> MemoryVectorStore::aget_nodes(std::string document_id, std::size_t offset, std::size_t limit) {
    co_await suspend();
    std::vector<Node> nodes;
    const auto found = documents_.find(document_id);
    if (found == documents_.end()) co_return nodes;
    for (std::size_t i = offset; i < found->second.nodes.size() && nodes.size() < limit; ++i) nodes.push_back(found->second.nodes[i].node);
    co_return nodes;
}

Task<Page> MemoryVectorStore::aget_page(std::string document_id, int number) {
    co_await suspend();
    const auto found = documents_.find(document_id);
    if (found != documents_.end()) {
        for (const Page& page : found->second.document.pages) {
            if (page.number == number) co_return page;
        }
    }
    throw Error(errc::not_found, fmt::format("There is no page {} of a document {}.", number, document_id));
}

}  // namespace docmind
