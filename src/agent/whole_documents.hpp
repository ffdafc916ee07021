#pragma once
// "Which work does a DraftAgent do?" Comparing documents, summarising one, answering a question part by part: each as work that tells how
// far it has come.

#include "agent/draft_agent.hpp"

#include <docmind/comparison.hpp>
#include <docmind/query_components.hpp>
#include <docmind/summary.hpp>

#include <memory>
#include <string>
#include <vector>

namespace docmind {

/// The draft is the table as it stands.
[[nodiscard]] DraftAgent::Work comparing(DocumentComparison comparison, std::vector<std::string> document_ids,
                                         std::vector<std::string> aspects);
/// The draft is the notes on what was read.
[[nodiscard]] DraftAgent::Work summarizing(DocumentSummary summary, std::string document_id);
/// There is no draft before the answer.
[[nodiscard]] DraftAgent::Work answering_parts(std::shared_ptr<DecompositionComponent> decomposition);

}  // namespace docmind
