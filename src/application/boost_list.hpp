#pragma once
// "Which documents count for more?" retrieval.boosts as rules.

#include <docmind/passage_components.hpp>

#include <string>
#include <vector>

namespace docmind {

/// "folder=/home/me/papers:1.5, type=pdf:1.2". Errors: invalid_argument (no factor, or one that is not more than 0; a filter).
[[nodiscard]] std::vector<BoostComponent::Rule> parse_boosts(const std::string& text);

}  // namespace docmind
