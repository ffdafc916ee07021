#pragma once
// "How many tokens has this stretch of the page, and where can it be cut?"

#include <docmind/node_parser.hpp>

#include "node_parser/packing.hpp"
#include "node_parser/unicode.hpp"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string_view>
#include <vector>

namespace docmind {

struct Passage {
    unicode::Range range;
    std::uint32_t tokens = 0;
    std::size_t source = 0;  ///< which of the ranges given it is, or is a part of
};

/// Measures a page's text in the embedder's tokens, in few calls, for counting is what costs. Once `stop` is requested the numbers are
/// worthless and come soon. Stateless, thread-safe.
class TokenMeasure {
  public:
    /// `counter` outlives this.
    TokenMeasure(PassageLimits limits, const TokenCounter& counter) : limits_(limits), counter_(counter) {}

    /// The units (sentences, lines: trimmed, in order) as pieces that fit into a passage. One that is too long is cut between words, and a
    /// word that is too long between code points; its parts are small enough to serve as an overlap.
    [[nodiscard]] std::vector<Piece> measure(std::string_view text, const std::vector<unicode::Range>& units,
                                             const std::stop_token& stop) const;
    /// Measures the passages themselves. Tokens of parts need not add up to those of the whole, so one that came out too long is halved.
    /// None if the counter finds no token in any of them.
    [[nodiscard]] std::vector<Passage> verify(std::string_view text, const std::vector<unicode::Range>& ranges,
                                              const std::stop_token& stop) const;

  private:
    void cut_unit(std::string_view text, unicode::Range unit, const std::stop_token& stop, std::vector<Piece>* pieces) const;
    void cut_words(std::string_view text, const std::vector<unicode::Range>& words, std::vector<Piece>* pieces) const;
    [[nodiscard]] std::vector<std::uint32_t> count(std::string_view text, const std::vector<unicode::Range>& ranges,
                                                   const std::stop_token& stop) const;

    const PassageLimits limits_;
    const TokenCounter& counter_;
};

/// The words of a stretch of text, white space between them; one of more than 64 bytes is cut between code points.
[[nodiscard]] std::vector<unicode::Range> scan_words(std::string_view text, unicode::Range range);

}  // namespace docmind
