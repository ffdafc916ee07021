#pragma once
// "Which passages answer this query?" Searches on one reader's connection; any number of threads at once, each with its own.

#include "storage/engine/database.hpp"
#include "storage/engine/dense_index.hpp"
#include "storage/engine/text_index.hpp"

#include <docmind/vector_store.hpp>

#include <stop_token>
#include <vector>

namespace docmind {

// `uncommitted`: passages that may be in the index and not in the database yet. A search that allows for them needs no second look.

/// As VectorStore::aquery with the mode dense. The index has been loaded. All passages come from one state of the store.
[[nodiscard]] std::vector<NodeWithScore> search_dense(Database& reader, const DenseIndex& index, const VectorStoreQuery& query,
                                                      std::size_t uncommitted, std::stop_token stop);

/// As VectorStore::aquery with the mode sparse. The index has been loaded. All passages come from one state of the store. Of a
/// question that is all quotation marks, the passages where they stand word for word; where there is none, their words are looked for.
[[nodiscard]] std::vector<NodeWithScore> search_sparse(Database& reader, const TextIndex& index, const VectorStoreQuery& query,
                                                       std::size_t uncommitted, std::stop_token stop);

}  // namespace docmind
