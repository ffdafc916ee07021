#pragma once
// "What are the passages of this text, and which longer one is each a part of?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>
#include <vector>

namespace docmind {

/// Cuts a page into long parts, those into shorter ones, and gives the shortest: they are found by what they say and read as the part they
/// come from. Parts begin at headings, tables and fenced code where that leaves none too short.
class HierarchicalNodeParser : public NodeParser {
  public:
    struct Params {
        std::vector<std::size_t> chunk_sizes = {1024,
                                                256};  ///< tokens, longest first: 2 or 3, each at least 8 and less than the one before
        std::size_t chunk_overlap = 32;  ///< tokens that a passage repeats of the one before in its part; at most half of the last size
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    HierarchicalNodeParser(Params params, const TokenCounter& counter);

    /// Promises what SentenceSplitter promises with the last of chunk_sizes, and fails as it fails. A passage's context is the part that it
    /// was cut from, of at most the last but one of chunk_sizes, as the tokens of its sentences add up.
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    [[nodiscard]] std::vector<Chunk> pack_parts(const std::vector<Piece>& pieces, const std::vector<Chunk>& runs,
                                                const PassageLimits& limits) const;

    const std::vector<std::size_t> sizes_;
    const PassageLimits limits_;  // of the passages
    const TokenMeasure measure_;
};

}  // namespace docmind
