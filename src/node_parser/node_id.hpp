#pragma once
// "What is this passage called?"

#include <string>
#include <string_view>

namespace docmind {

/// 32 hex digits: the first half of the SHA-256 of document, position and text, so that the same passage is called the same again.
[[nodiscard]] std::string node_id(std::string_view document_id, int ordinal, std::string_view text);

}  // namespace docmind
