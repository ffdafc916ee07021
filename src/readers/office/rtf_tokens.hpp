#pragma once
// The tokens of Rich Text Format.

#include <cstddef>
#include <optional>
#include <string_view>

namespace docmind {

struct RtfToken {
    enum class Kind {
        open,    ///< {
        close,   ///< }
        word,    ///< \par, \u8364
        symbol,  ///< \~: `text` is the character
        byte,    ///< \'e4: `number` is the byte
        text,    ///< bytes as they stand, without line ends
    };
    Kind kind = Kind::text;
    std::string_view text;      ///< the word's name, or the text
    std::optional<int> number;  ///< of a word
};

/// Answers "what comes next?" Takes time in proportion to the bytes, whatever they are; the data behind \bin is passed over.
class RtfTokens {
  public:
    explicit RtfTokens(std::string_view rtf) : rtf_(rtf) {}
    /// Nothing at the end.
    [[nodiscard]] std::optional<RtfToken> next();

  private:
    RtfToken control();

    std::string_view rtf_;
    std::size_t at_ = 0;
};

}  // namespace docmind
