#pragma once
// "Make something else of these passages." A step of the ingestion pipeline that users write: drop, join, rename, enrich.

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <vector>

namespace docmind {

class Transformation {
  public:
    virtual ~Transformation() = default;
    /// The passages of one document, after the node parser and before they are embedded; it may wait (for a model, a file). Ids stay
    /// unique; ordinals are given anew. A failure fails the document.
    virtual Task<std::vector<Node>> acall(std::vector<Node> nodes) = 0;
};

}  // namespace docmind
