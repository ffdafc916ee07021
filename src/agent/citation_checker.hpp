#pragma once
// "Which of the model's citation marks may a reader see?" Fed with the answer as it streams: a mark like [2], [1, 3] or [Passage 2]
// becomes [n] for each passage there is; numbers of no passage vanish, with the blank before them. Echoes of the prompt's boundary
// tags vanish too. Code is left alone: x[1] in it is an index. Whatever might still become a mark is held back.

#include <cstddef>
#include <string>
#include <string_view>

namespace docmind {

class CitationChecker {
  public:
    struct Params {
        std::size_t passages = 0;  ///< numbers 1 to this are known
        std::string boundary;      ///< name of the prompt's tags around passages; empty: none
    };
    explicit CitationChecker(Params params) : params_(std::move(params)) {}

    /// The text that can be shown after this token.
    [[nodiscard]] std::string feed(std::string_view token);
    /// What was held back at the end of the answer.
    [[nodiscard]] std::string finish();

  private:
    enum class Code { none, inline_code, fence };
    Params params_;
    std::string blanks_;  // seen, not shown yet: they go when a mark behind them goes
    std::string held_;    // the beginning of a mark or tag
    Code code_ = Code::none;
    std::size_t ticks_ = 0;       // backticks in the run that is being read
    std::size_t open_ticks_ = 0;  // backticks that opened the code

    void take(char c, std::string& out);
    void show(char c, std::string& out);
    void close_ticks();
    void end_hold(std::string& out);
    [[nodiscard]] bool can_be_tag() const;
    [[nodiscard]] bool is_tag() const;
};

}  // namespace docmind
