#pragma once
// "What are the passages of a text with headings, tables and code?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>

namespace docmind {

/// Cuts at headings: those the pages say, or in a document that says none the lines that Markdown takes for headings. Each section is
/// packed as SentenceSplitter packs a page, and no passage crosses the start of a section ("2 Engine" with nothing but "2.1 Oil" below it
/// begins together with that). Tables and fenced code stay whole where they fit; those that do not are cut between rows or lines.
class MarkdownNodeParser : public NodeParser {
  public:
    struct Params {
        std::size_t chunk_size = 256;    ///< tokens of a passage at most; at least 8
        std::size_t chunk_overlap = 32;  ///< tokens that a passage repeats of the one before in its section; at most half of chunk_size
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    MarkdownNodeParser(Params params, const TokenCounter& counter);

    /// Promises what SentenceSplitter promises, and fails as it fails.
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    const PassageLimits limits_;
    const TokenMeasure measure_;
};

}  // namespace docmind
