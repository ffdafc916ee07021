#pragma once
// "What are the windows of so many tokens of this text?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>

namespace docmind {

/// Windows of a page's words, whatever they say; cut between words, and inside one only where it has more than 64 bytes.
class TokenTextSplitter : public NodeParser {
  public:
    struct Params {
        std::size_t chunk_size = 256;    ///< tokens of a passage at most; at least 8
        std::size_t chunk_overlap = 32;  ///< tokens that a passage repeats of the one before, at most; at most half of chunk_size
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    TokenTextSplitter(Params params, const TokenCounter& counter);

    /// Promises what SentenceSplitter promises, and fails as it fails.
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    const PassageLimits limits_;
    const TokenMeasure measure_;
};

}  // namespace docmind
