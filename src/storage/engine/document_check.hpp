#pragma once
// What every VectorStore asks of a document before it stores anything.

#include <docmind/node.hpp>

#include <cstddef>

namespace docmind {

/// `dimension` of the vectors stored so far, 0 where there are none: then those of the document must agree.
/// Errors: invalid_argument (no id, two pages or nodes with one number, a node of no page or outside its page's text, a vector of another
/// length or with a component that is no number).
void check_document(const EmbeddedDocument& document, std::size_t dimension);

}  // namespace docmind
