#pragma once
// Text from marked-up sources, with the white space of the marks folded.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace docmind {

/// Answers "what stands between two pieces of text?": nothing, a space, a tab between cells, one newline, or an empty line. Nothing stands
/// before the first piece and after the last.
class TextWriter {
  public:
    /// The next text begins on a new line (1) or after an empty line (2).
    void break_line(int newlines) { newlines_ = std::max(newlines_, newlines); }
    /// The next text begins a cell of a table's row.
    void cell() { cell_ = true; }
    /// The next text is apart from the one before.
    void space() { space_ = true; }

    /// Runs of white space become one space; preformatted text stays as it is.
    void text(std::string_view text, bool preformatted) {
        for (const char c : text) {
            if (preformatted && c == '\n') {
                ++held_newlines_;  // those at the end of the piece are not wanted
            } else if (!preformatted && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
                space_ = true;
            } else {
                separate();
                out_.push_back(c);
            }
        }
    }

    [[nodiscard]] std::string take() { return std::exchange(out_, {}); }

  private:
    void separate() {
        if (!out_.empty()) {
            if (newlines_ > 0) {
                out_.append(static_cast<std::size_t>(newlines_), '\n');
            } else if (held_newlines_ > 0) {
                out_.append(held_newlines_, '\n');
            } else if (cell_) {
                out_.push_back('\t');
            } else if (space_ && out_.back() != '\n') {
                out_.push_back(' ');
            }
        }
        newlines_ = 0;
        held_newlines_ = 0;
        cell_ = space_ = false;
    }

    std::string out_;
    int newlines_ = 0;
    std::size_t held_newlines_ = 0;
    bool space_ = false;
    bool cell_ = false;
};

}  // namespace docmind
