#pragma once
// What people see while they wait: one line that redraws itself on a terminal, nothing elsewhere. All of it goes to stderr.

#include <docmind/memory.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace docmind::cli {

class ProgressLine {
  public:
    /// `quiet`: show nothing even on a terminal.
    explicit ProgressLine(bool quiet);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// A bar (`fraction` 0..1) and a few words; drawn ten times a second at most.
    void show(double fraction, const std::string& words);
    /// Takes the line away, so that something else can be printed.
    void clear();
    /// Advances a spinner with words, for work whose length is not known.
    void spin(const std::string& words);

  private:
    void draw(std::string line);
    bool active_ = false;
    bool drawn_ = false;
    std::size_t turns_ = 0;
    std::chrono::steady_clock::time_point last_;
};

/// Whether stdout / stderr are terminals that show colours (NO_COLOR is honoured).
[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] bool stderr_is_terminal();
/// "1 page", "2 pages".
[[nodiscard]] inline std::string counted(int count, std::string_view one) {
    return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}
/// "1.4 MB"
[[nodiscard]] std::string human_bytes(unsigned long long bytes);
/// The first `columns` columns of a text, with … where it was cut; counts code points.
[[nodiscard]] std::string shorten(const std::string& text, std::size_t columns);
/// The text with these ranges bold, for a terminal. Ranges that lie beyond its end are left out.
[[nodiscard]] std::string in_bold(std::string_view text, const TextRanges& ranges);

}  // namespace docmind::cli
