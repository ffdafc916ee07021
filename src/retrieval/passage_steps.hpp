#pragma once
// "What becomes of passages between a search and its answer?" The steps of passage_components.hpp as a retriever takes them.

#include <docmind/document_store.hpp>
#include <docmind/passage_components.hpp>
#include <docmind/retriever.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace docmind {

class PassageSteps {
  public:
    struct Params {
        DuplicatesComponent::Params duplicates;
        BoostComponent::Params boosts;
        DiversityComponent::Params diversity;
        ContextComponent::Params context{.mode = ContextComponent::Mode::none};
    };

    /// Both outlive it; `documents` may be null where nothing is boosted. Errors: invalid_argument.
    PassageSteps(Params params, VectorStore& vector_store, DocumentStore* documents);

    /// Before they are reranked: what is said twice is read once.
    [[nodiscard]] std::vector<NodeWithScore> suppress(std::vector<NodeWithScore> nodes) const;
    /// Whether aarrange has anything to do.
    [[nodiscard]] bool arranges() const noexcept;
    /// What is shown in the end: `top_k` at most, best first.
    Task<std::vector<NodeWithScore>> aarrange(std::vector<NodeWithScore> nodes, std::size_t top_k) const;

  private:
    const Params params_;
    VectorStore& vector_store_;
    DocumentStore* const documents_;
};

/// The passages with what is known of their documents told in their scores.
Task<std::vector<NodeWithScore>> boost_passages(DocumentStore* documents, BoostComponent::Params params, std::vector<NodeWithScore> nodes);

}  // namespace docmind
