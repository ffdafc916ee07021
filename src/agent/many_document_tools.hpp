#pragma once
// "What can a model do with whole documents?" Compare some, and summarise one. Like the other tools of the library these reach no further
// than the documents chosen for the question; and they cost many calls of the model, so their own limits are lower than a person's.

#include "agent/library_tools.hpp"

#include <docmind/comparison.hpp>
#include <docmind/summary.hpp>
#include <docmind/tool.hpp>

#include <memory>

namespace docmind {

/// compare_documents(documents, aspects): a table, and the passages it rests on.
[[nodiscard]] std::shared_ptr<Tool> make_comparison_tool(LibraryScope scope, DocumentComparison comparison);
/// summarize_document(document): its summary, and the passages that rests on.
[[nodiscard]] std::shared_ptr<Tool> make_summary_tool(LibraryScope scope, DocumentSummary summary);

}  // namespace docmind
