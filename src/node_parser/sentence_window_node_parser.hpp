#pragma once
// "What are the sentences of this text, and what stands around each?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>

namespace docmind {

/// A passage per sentence, found by what it says alone and read with the sentences around it. Fewer than 5 tokens (a heading, "Yes.") are
/// no passage by themselves but a part of the next sentence, or of the one before where their section ends.
class SentenceWindowNodeParser : public NodeParser {
  public:
    struct Params {
        std::size_t window = 3;        ///< passages on each side that are a passage's context, within its page and section; at most 100
        std::size_t chunk_size = 256;  ///< tokens of a passage at most; a longer sentence becomes several; at least 8
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    SentenceWindowNodeParser(Params params, const TokenCounter& counter);

    /// Promises what SentenceSplitter promises, and fails as it fails; passages do not overlap.
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    /// Sentences, short ones joined.
    [[nodiscard]] std::vector<Chunk> join_short(const std::vector<Piece>& pieces, Chunk run) const;

    const std::size_t window_;
    const PassageLimits limits_;
    const TokenMeasure measure_;
};

}  // namespace docmind
