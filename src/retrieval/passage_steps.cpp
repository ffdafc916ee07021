#include "retrieval/passage_steps.hpp"

#include "async/when_all.hpp"
#include "retrieval/near_duplicates.hpp"
#include "retrieval/passage_boost.hpp"
#include "retrieval/passage_context.hpp"
#include "retrieval/passage_order.hpp"

#include <docmind/error.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace docmind {

namespace {

using Documents = std::map<std::string, DocumentRecord>;

Task<> look_up(DocumentStore* store, std::string id, Documents* known) {
    std::optional<DocumentRecord> document = co_await store->afind(id);
    if (document) known->emplace(std::move(id), std::move(*document));
}

}  // namespace

Task<std::vector<NodeWithScore>> boost_passages(DocumentStore* documents, BoostComponent::Params params, std::vector<NodeWithScore> nodes) {
    std::map<std::string, bool> ids;
    for (const NodeWithScore& node : nodes) ids.emplace(node.node.document_id, true);
    Documents known;
    const auto read = [documents, &known](const std::pair<const std::string, bool>& id) { return look_up(documents, id.first, &known); };
    co_await for_each_limited(std::move(ids), params.reads_at_once, read);
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    co_return boost(std::move(nodes), known, params, today);
}

PassageSteps::PassageSteps(Params params, VectorStore& vector_store, DocumentStore* documents)
    : params_(std::move(params)), vector_store_(vector_store), documents_(documents) {
    check_params(params_.duplicates);
    check_params(params_.boosts);
    check_params(params_.diversity);
    check_params(params_.context);
    if (changes_scores(params_.boosts) && documents_ == nullptr)
        throw Error(errc::invalid_argument, "Boosts need the catalogue of documents.");
}

std::vector<NodeWithScore> PassageSteps::suppress(std::vector<NodeWithScore> nodes) const {
    return suppress_duplicates(std::move(nodes), params_.duplicates);
}

bool PassageSteps::arranges() const noexcept {
    return changes_scores(params_.boosts) || params_.diversity.diversity > 0 || params_.diversity.per_document > 0 ||
           params_.context.mode != ContextComponent::Mode::none;
}

Task<std::vector<NodeWithScore>> PassageSteps::aarrange(std::vector<NodeWithScore> nodes, std::size_t top_k) const {
    if (changes_scores(params_.boosts)) {
        std::vector<NodeWithScore> boosted = co_await boost_passages(documents_, params_.boosts, std::move(nodes));
        nodes = std::move(boosted);
    }
    nodes = diversify(std::move(nodes), params_.diversity);
    if (params_.context.mode != ContextComponent::Mode::none) {
        std::vector<NodeWithScore> shown = co_await show_contexts(&vector_store_, params_.context, top_k, std::move(nodes));
        nodes = std::move(shown);
    }
    if (nodes.size() > top_k) nodes.resize(top_k);
    co_return nodes;
}

}  // namespace docmind
