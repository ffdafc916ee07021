#pragma once
// "Here is a text: what are its passages?"
//
// A page is cut into sentences, the sentences are measured in the embedder's tokens (in few calls, for counting is what costs), and
// neighbouring sentences are packed into passages of at most chunk_size tokens; the last sentences of a passage begin the next one as far
// as they fit into chunk_overlap. Only a sentence that is too long by itself is cut, between words, and only a word that is too long
// between code points. A page's short rest is evened out with the passage before it. The time is linear in the text, whatever its shape.

#include <docmind/node_parser.hpp>

#include "node_parser/unicode.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

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
    /// A sentence, or a part of one that is too long.
    struct Piece {
        std::size_t begin = 0, end = 0;  ///< bytes of the page
        std::size_t tokens = 0;          ///< at least 1, so that pieces without tokens cannot pile up
    };
    /// Pieces [first, last) are one passage.
    struct Chunk {
        std::size_t first = 0, last = 0;
    };
    struct Passage {
        unicode::Range range;
        std::uint32_t tokens = 0;
    };

    [[nodiscard]] std::vector<Passage> split_page(std::string_view text, const std::stop_token& stop) const;
    [[nodiscard]] std::vector<Piece> measure(std::string_view text, const std::stop_token& stop) const;
    void cut_sentence(std::string_view text, unicode::Range sentence, const std::stop_token& stop, std::vector<Piece>* pieces) const;
    void cut_units(std::string_view text, std::vector<unicode::Range> units, std::vector<Piece>* pieces) const;
    [[nodiscard]] std::vector<Chunk> pack(const std::vector<Piece>& pieces) const;
    void even_out_rest(const std::vector<Piece>& pieces, std::vector<Chunk>* chunks) const;
    [[nodiscard]] std::vector<Passage> verify(std::string_view text, std::vector<unicode::Range> ranges, const std::stop_token& stop) const;
    [[nodiscard]] std::vector<std::uint32_t> count(std::string_view text, const std::vector<unicode::Range>& ranges,
                                                   const std::stop_token& stop) const;
    [[nodiscard]] std::size_t first_of_overlap(const std::vector<Piece>& pieces, std::size_t first, std::size_t next,
                                               std::size_t last) const;

    const Params params_;
    const TokenCounter& counter_;
    const std::size_t max_bytes_;  ///< of a passage, so that tokens of any length (a tokenizer may call a 1 MB word "unknown") stay bounded
};

}  // namespace docmind
