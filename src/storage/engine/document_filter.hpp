#pragma once
// "Which documents does this query look in?" Filters, answered by the catalogue.

#include "storage/engine/database.hpp"

#include <docmind/vector_store.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace docmind {

/// Keys of the documents that the query names and for which all its filters hold, ascending; nothing where it asks for every document.
/// Agrees with matches() (metadata_filter.hpp). Inside the caller's transaction. Errors: invalid_argument (as check_filters).
[[nodiscard]] std::optional<std::vector<std::int64_t>> document_keys(Database& reader, const VectorStoreQuery& query);

}  // namespace docmind
