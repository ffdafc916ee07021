#pragma once
// "In which order does a cross-encoder see these passages?"

#include <docmind/postprocessor.hpp>
#include <docmind/query_components.hpp>
#include <docmind/retriever.hpp>
#include <docmind/task.hpp>

#include <string>

namespace docmind {

/// The passages with the reranker's opinion of the first `top_n` mixed into their order; as they were, and a note, where it cannot give
/// one.
Task<RetrievalResult> rerank_passages(Reranker* reranker, RerankComponent::Params params, std::string question, RetrievalResult found);

}  // namespace docmind
