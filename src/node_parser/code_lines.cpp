#include "node_parser/code_lines.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace docmind {
namespace {

using unicode::Range;

constexpr int deepest = 64;        ///< columns of indentation that are told apart
constexpr int costs_a_column = 4;  ///< more than what tells lines of the same depth apart

int indentation(std::string_view white_space) {
    int columns = 0;
    for (const char c : white_space) {
        columns += c == '\t' ? 4 : 1;
        if (columns >= deepest) return deepest;
    }
    return columns;
}

/// Is it the end of what stands before it, or a part of that?
bool goes_on(std::string_view line) {
    if (std::string_view("{})]").contains(line.front())) return true;
    static constexpr std::array<std::string_view, 12> words{"catch", "elif",   "else", "elseif",  "elsif", "end",
                                                            "esac",  "except", "fi",   "finally", "done",  "then"};
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    const std::string_view word = line.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(line, is_letter) - line.begin()));
    return std::ranges::find(words, word) != words.end();
}

/// Is it a comment, a decorator, or what else stands above what it belongs to?
bool belongs_below(std::string_view line) {
    static constexpr std::array<std::string_view, 9> beginnings{"//", "/*", "*", "#", "--", "@", "[[", "template", ";;"};
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return line.starts_with(beginning); });
}

}  // namespace

std::vector<CodeLine> scan_code_lines(std::string_view text, const std::vector<Heading>& starts) {
    std::vector<CodeLine> lines;
    auto start = starts.begin();
    int depth_before = 0;
    bool after_empty = true, after_belonging = false;
    const auto add = [&](Range line, int depth) {
        const Range range = unicode::trim(text, line);
        if (range.empty()) return;
        const std::string_view visible = text.substr(range.begin, range.size());
        int cost = depth * costs_a_column;
        if (goes_on(visible)) {
            cost = (std::max(depth, depth_before) + 4) * costs_a_column + 3;
        } else if (!after_empty) {
            cost += after_belonging ? 3 : depth < depth_before ? 1 : 2;
        }
        lines.push_back({range, cost});
        depth_before = depth;
        after_empty = false;
        after_belonging = belongs_below(visible);
    };
    for (std::size_t at = 0; at < text.size();) {
        Range line{at, std::min(text.find('\n', at), text.size())};
        at = line.end + 1;
        const Range visible = unicode::trim(text, line);
        if (visible.empty()) {
            after_empty = true;
            continue;
        }
        const int depth = indentation(text.substr(line.begin, visible.begin - line.begin));
        for (; start != starts.end() && start->begin < line.end; ++start) {
            if (start->begin > line.begin) add({line.begin, start->begin}, depth);
            line.begin = std::max<std::size_t>(line.begin, start->begin);
        }
        add(line, depth);
    }
    return lines;
}

}  // namespace docmind
