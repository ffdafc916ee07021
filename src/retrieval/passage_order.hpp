#pragma once
// "In which order are passages shown that are alike, or of one document?" Pure functions.

#include <docmind/node.hpp>
#include <docmind/passage_components.hpp>

#include <vector>

namespace docmind {

/// Errors: invalid_argument, as DiversityComponent.
void check_params(const DiversityComponent::Params& params);

/// All of them in the order that the Params ask for: by diversity first, then by document.
[[nodiscard]] std::vector<NodeWithScore> diversify(std::vector<NodeWithScore> nodes, const DiversityComponent::Params& params);

}  // namespace docmind
