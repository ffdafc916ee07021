#pragma once
// LaTeX as a stream of characters, with what belongs together taken at once. Pure.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace docmind {

/// Answers "what stands here?". Every call moves on; what is not closed reaches to the end.
class LatexSource {
  public:
    explicit LatexSource(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    [[nodiscard]] bool is(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
    void skip(std::size_t count) { at_ = std::min(text_.size(), at_ + count); }

    /// Behind a backslash: letters, or one other character. The white space behind letters is skipped.
    std::string_view command();
    /// Ordinary characters up to the next one that means something.
    std::string_view plain_text();
    /// White space; whether there is an empty line in it.
    bool white_space();
    /// The rest of the line and the white space at the beginning of the next.
    void comment();
    /// A group in braces, without them; where there is none the next character.
    std::string_view group();
    /// "[...]" and "*"; nothing where there is none.
    void options();
    /// Up to the mark, which is skipped.
    std::string_view raw_until(std::string_view mark);
    /// Math up to the mark, which is skipped; empty where it does not end within this paragraph and 4000 bytes.
    std::string_view math_until(std::string_view mark);

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t paragraph_end_ = 0;
    std::string missing_mark_;  // of math, and up to where it does not come
    std::size_t missing_to_ = 0;
};

}  // namespace docmind
