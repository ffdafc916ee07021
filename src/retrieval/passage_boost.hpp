#pragma once
// "How much more do the passages of these documents matter?" A pure function; the documents are looked up by who calls it.

#include <docmind/document_store.hpp>
#include <docmind/node.hpp>
#include <docmind/passage_components.hpp>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace docmind {

/// Errors: invalid_argument, as BoostComponent.
void check_params(const BoostComponent::Params& params);
/// Whether there is anything to multiply by.
[[nodiscard]] bool changes_scores(const BoostComponent::Params& params) noexcept;

/// Best first by the new scores, equal ones as they stood. A document that is not in `documents` is left as it is.
[[nodiscard]] std::vector<NodeWithScore> boost(std::vector<NodeWithScore> nodes, const std::map<std::string, DocumentRecord>& documents,
                                               const BoostComponent::Params& params, std::chrono::sys_days today);

}  // namespace docmind
