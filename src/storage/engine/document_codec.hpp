#pragma once
// A read document as bytes, for the ingestion cache.

#include "storage/engine/database.hpp"

#include <docmind/node.hpp>

#include <optional>
#include <vector>

namespace docmind {

[[nodiscard]] std::vector<std::byte> encode_document(const Document& document);
/// Nothing where the bytes are damaged or from another version of this format.
[[nodiscard]] std::optional<Document> decode_document(Bytes bytes);

}  // namespace docmind
