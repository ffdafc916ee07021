#include "readers/text/rst_lines.hpp"

#include <algorithm>
#include <array>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view adornments = "=-`:.'\"~^_*+#<>!$%&(),/;?@[\\]{|}";

}  // namespace

std::vector<std::string> rst_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view source = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), source.size() + 1));
        std::string line;
        for (const char c : source) {
            if (c == '\t') {
                line.append(8 - line.size() % 8, ' ');
            } else {
                line.push_back(c);
            }
        }
        line.resize(line.find_last_not_of(' ') == std::string::npos ? 0 : line.find_last_not_of(' ') + 1);
        lines.push_back(std::move(line));
    }
    return lines;
}

bool is_rst_adornment(std::string_view line) {
    return line.size() >= 2 && adornments.find(line[0]) != std::string_view::npos &&
           line.find_first_not_of(line[0]) == std::string_view::npos;
}

RstItemMark rst_item_mark(std::string_view text) {
    constexpr std::array bullets = {"- "sv, "* "sv, "+ "sv, "\u2022 "sv};
    for (const auto bullet : bullets) {
        if (text.starts_with(bullet)) return {text.find_first_not_of(' ', bullet.size() - 1), false, 1};
    }
    std::size_t i = text.starts_with('(') ? 1 : 0;
    const std::size_t begin = i;
    while (i < text.size() && i - begin < 6 && text[i] >= '0' && text[i] <= '9') ++i;
    int number = 1;
    if (i > begin) {
        number = std::stoi(std::string(text.substr(begin, i - begin)));
    } else if (i < text.size() && (text[i] == '#' || (text[i] >= 'a' && text[i] <= 'z'))) {
        if (text[i] != '#') number = text[i] - 'a' + 1;
        ++i;
    }
    if (i == begin || i + 1 >= text.size() || text[i + 1] != ' ') return {};
    const bool closes = begin == 1 ? text[i] == ')' : text[i] == '.' || text[i] == ')';
    if (!closes) return {};
    return {text.find_first_not_of(' ', i + 1), true, number};
}

}  // namespace docmind
