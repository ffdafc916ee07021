#pragma once
// "Which neighbours make up a passage?" Pure functions over pieces whose tokens are known. Linear time.

#include "node_parser/unicode.hpp"

#include <cstddef>
#include <vector>

namespace docmind {

/// How long a passage may be.
struct PassageLimits {
    std::size_t tokens = 256;  ///< of a passage, at most; at least 8
    std::size_t overlap = 32;  ///< tokens that a passage repeats of the one before, at most; at most half of `tokens`

    /// Of a passage, at most, so that tokens of any length (a tokenizer may call a 1 MB word "unknown") stay bounded.
    [[nodiscard]] std::size_t bytes() const noexcept { return tokens * 32; }
    /// Throws Error{invalid_argument}.
    void check() const;
};

/// What is cut no further: a sentence, a line, a table, or a part of one that is too long.
struct Piece {
    std::size_t begin = 0, end = 0;  ///< bytes of the page
    std::size_t tokens = 0;          ///< at least 1, so that pieces without tokens cannot pile up
    bool opens = false;              ///< begins a passage where the one before it would not be short
};

/// Pieces [first, last) are one passage.
struct Chunk {
    std::size_t first = 0, last = 0;
};
[[nodiscard]] std::vector<unicode::Range> ranges_of(const std::vector<Piece>& pieces, const std::vector<Chunk>& chunks);

/// Makes one piece of those within each range of `groups` (in the order of the text, apart from each other) if they fit into a passage; the
/// first of those that do not opens one.
void keep_together(const std::vector<unicode::Range>& groups, const PassageLimits& limits, std::vector<Piece>* pieces);

/// Packs the pieces of `run` one after another into passages that are as long as they may be. The last pieces of a passage begin the next
/// one as far as they fit into the overlap.
[[nodiscard]] std::vector<Chunk> pack(const std::vector<Piece>& pieces, Chunk run, const PassageLimits& limits);

/// A last passage with less than a quarter of new text says too little by itself: the last two share their text evenly.
void even_out_rest(const std::vector<Piece>& pieces, const PassageLimits& limits, std::vector<Chunk>* chunks);

}  // namespace docmind
