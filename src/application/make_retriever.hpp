#pragma once
// "How do these settings want passages to be found?"

#include <docmind/document_store.hpp>
#include <docmind/embedding.hpp>
#include <docmind/postprocessor.hpp>
#include <docmind/retriever.hpp>
#include <docmind/settings.hpp>
#include <docmind/vector_store.hpp>

#include <memory>

namespace docmind {

/// `reranker` may be null. All outlive the retriever. Errors: invalid_argument.
[[nodiscard]] std::shared_ptr<Retriever> make_retriever(const Settings& settings, Embedding& embedding, VectorStore& vectors,
                                                        Reranker* reranker, DocumentStore& documents);

}  // namespace docmind
