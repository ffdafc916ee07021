#pragma once
// "How much of its page is shown with a passage?" First what is to be shown, from the passages alone; then the texts, from the store.

#include <docmind/node.hpp>
#include <docmind/passage_components.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <cstddef>
#include <vector>

namespace docmind {

/// Errors: invalid_argument, as ContextComponent.
void check_params(const ContextComponent::Params& params);

/// The first `top_k` passages to be shown, best first. One that is to be shown with its context has [begin, end) of that already, its text
/// is still its own. Of `merge` the first `top_k` passages count as found together.
[[nodiscard]] std::vector<NodeWithScore> plan_contexts(std::vector<NodeWithScore> nodes, std::size_t top_k,
                                                       const ContextComponent::Params& params);

/// The same with the texts. Errors: those of VectorStore::aget_page but not_found.
Task<std::vector<NodeWithScore>> show_contexts(VectorStore* vector_store, ContextComponent::Params params, std::size_t top_k,
                                               std::vector<NodeWithScore> nodes);

}  // namespace docmind
