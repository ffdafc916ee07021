#pragma once
// "Which words does this text hold?" The same analysis for passages and for questions; pure text, no index, no database.
//
// Words are runs of letters and digits, case-folded, without accents (Unicode NFKC_Casefold; what hangs on Latin and Greek letters goes),
// and stemmed: Porter's for ASCII letters, Snowball's Russian for Cyrillic. Scripts without spaces (Chinese, Japanese, Korean, Thai ...)
// give their pairs of neighbours. What programmers and numbers join is one more word beside its parts: read.csv, snake_case, C++, 3.14.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sb_stemmer;

namespace docmind {

struct Token {
    enum class Kind : std::uint8_t {
        word,      ///< by itself, or a part of a joined one
        joined,    ///< read.csv as a whole; stands where its first part does
        pair,      ///< two neighbours of a script without spaces
        last_one,  ///< the last character of a run of such a script, which begins no pair
    };
    std::string folded;          ///< at most max_token_bytes
    std::uint32_t position = 0;  ///< counts words and pairs
    std::uint32_t begin = 0;     ///< where it stands in the text: byte offsets
    std::uint32_t end = 0;
    Kind kind = Kind::word;
    bool capital = false;  ///< begins with a capital letter
};

inline constexpr std::size_t max_token_bytes = 128;  // nothing that people look for is longer

/// In small letters, byte for byte: a letter whose small form has another length stays as it is.
[[nodiscard]] std::string small_letters(std::string_view text);

/// Not for several threads at once: it remembers stems.
class TextAnalyzer {
  public:
    TextAnalyzer();
    ~TextAnalyzer();
    TextAnalyzer(const TextAnalyzer&) = delete;
    TextAnalyzer& operator=(const TextAnalyzer&) = delete;

    /// The words of any bytes, in order; what is no UTF-8 separates. Valid until the next call.
    [[nodiscard]] const std::vector<Token>& tokens(std::string_view text);
    /// What the index knows a token as: its stem, where it has one.
    [[nodiscard]] const std::string& term(const Token& token);

  private:
    std::unique_ptr<sb_stemmer, void (*)(sb_stemmer*)> english_, russian_;
    std::unordered_map<std::string, std::string> stems_;
    std::vector<Token> tokens_;
};

}  // namespace docmind
