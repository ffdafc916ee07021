#pragma once
// "What is this document called?"

#include <docmind/node.hpp>

#include <string>

namespace docmind {

/// What a document is called in front of its passages: metadata "title" unless it says nothing, else the name without folder, extension
/// and underscores. One line, at most 200 bytes.
[[nodiscard]] std::string document_title(const Document& document);

}  // namespace docmind
