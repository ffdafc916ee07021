#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace docmind::cli {
namespace {

using std::chrono::steady_clock;

std::size_t columns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool dumb() {
    const char* term = std::getenv("TERM");
    return term && std::string_view(term) == "dumb";
}

}  // namespace

bool stdout_is_terminal() {
    return isatty(STDOUT_FILENO) && !dumb() && !std::getenv("NO_COLOR");
}
bool stderr_is_terminal() {
    return isatty(STDERR_FILENO) && !dumb();
}

std::string human_bytes(unsigned long long bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string shorten(const std::string& text, std::size_t limit) {
    std::size_t count = 0;
    std::size_t cut = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
        if (++count == limit) cut = i;
    }
    return count <= limit ? text : text.substr(0, cut) + "…";
}

ProgressLine::ProgressLine(bool quiet) : active_(!quiet && stderr_is_terminal()) {}
ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::draw(std::string line) {
    const auto now = steady_clock::now();
    if (!active_ || (drawn_ && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    drawn_ = true;
    fmt::print(stderr, "\r\x1b[K{}", shorten(line, columns() - 1));
    std::fflush(stderr);
}

void ProgressLine::show(double fraction, const std::string& words) {
    constexpr int width = 24;
    const int full = std::clamp(static_cast<int>(fraction * width), 0, width);
    std::string bar;
    for (int i = 0; i < width; ++i) bar += i < full ? "█" : "░";
    draw(fmt::format("{} {:3.0f} %  {}", bar, 100 * std::clamp(fraction, 0.0, 1.0), words));
}

void ProgressLine::spin(const std::string& words) {
    constexpr std::array frames{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    draw(fmt::format("{} {}", frames[++turns_ % frames.size()], words));
}

void ProgressLine::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
}

std::string in_bold(std::string_view text, const TextRanges& ranges) {
    std::string drawn;
    std::size_t at = 0;
    for (const auto& [begin, end] : ranges) {
        if (begin < at || end > text.size()) continue;
        drawn += text.substr(at, begin - at);
        drawn += "\x1b[1m";
        drawn += text.substr(begin, end - begin);
        drawn += "\x1b[22m";
        at = end;
    }
    drawn += text.substr(at);
    return drawn;
}

}  // namespace docmind::cli
