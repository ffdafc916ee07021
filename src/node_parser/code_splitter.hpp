#pragma once
// "What are the passages of a program?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>
#include <vector>

namespace docmind {

/// Cuts between lines, where the text is least indented and best before an empty line, so that functions and classes stay whole where they
/// fit, whatever the language. No passage crosses a heading that the page says; a line is cut only where it is too long by itself.
class CodeSplitter : public NodeParser {
  public:
    struct Params {
        std::size_t chunk_size = 256;  ///< tokens of a passage at most; at least 8
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    CodeSplitter(Params params, const TokenCounter& counter);

    /// Promises what SentenceSplitter promises, and fails as it fails; passages do not overlap.
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    const PassageLimits limits_;
    const TokenMeasure measure_;
};

}  // namespace docmind
