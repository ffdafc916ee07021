#pragma once
// "Which of these passages say the same?"

#include <docmind/node.hpp>
#include <docmind/passage_components.hpp>

#include <vector>

namespace docmind {

/// Errors: invalid_argument, as DuplicatesComponent.
void check_params(const DuplicatesComponent::Params& params);

/// Best first, as they were, without those that a better one stands for: they are in its also_in.
[[nodiscard]] std::vector<NodeWithScore> suppress_duplicates(std::vector<NodeWithScore> nodes, const DuplicatesComponent::Params& params);

}  // namespace docmind
