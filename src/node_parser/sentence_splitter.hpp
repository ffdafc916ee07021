#pragma once
// "Here is a text: what are its passages?"
//
// A page is cut into sentences, the sentences are measured in the embedder's tokens, and neighbouring sentences are packed into passages of
// at most chunk_size tokens; the last sentences of a passage begin the next one as far as they fit into chunk_overlap. A row of a table is
// a sentence. Only a sentence that is too long by itself is cut. A page's short rest is evened out with the passage before it. The time is
// linear in the text, whatever its shape.

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/token_measure.hpp"

#include <cstddef>

namespace docmind {

/// Answers "what are the passages of this document?". Does not embed, store or read files. Stateless, thread-safe.
class SentenceSplitter : public NodeParser {
  public:
    struct Params {
        std::size_t chunk_size = 256;    ///< tokens of a passage at most; at least 8
        std::size_t chunk_overlap = 32;  ///< tokens that a passage repeats of the one before, at most; at most half of chunk_size
    };

    /// `counter` outlives the splitter. Throws Error{invalid_argument}.
    SentenceSplitter(Params params, const TokenCounter& counter);

    /// Passages page by page, `page.text.substr(begin, end - begin) == text`, no white space at either end. Every visible character of a
    /// page is in a passage, except on pages in which the counter finds no token at all. The title is the metadata's "title" or else the
    /// file's name made readable. Once `stop` is requested: an empty list, soon. Errors: too_large (a page over 4 GB).
    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    const PassageLimits limits_;
    const TokenMeasure measure_;
};

}  // namespace docmind
