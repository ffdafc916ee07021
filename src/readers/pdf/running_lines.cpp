#include "readers/pdf/running_lines.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>

namespace docmind {

namespace {

constexpr float edge_share = 0.17F;    // of the page's height, at either end
constexpr std::size_t most_lines = 3;  // at either end
constexpr std::size_t most_words = 25;
constexpr float same_height = 4;     // points
constexpr float most_larger = 1.3F;  // than the page's usual word; larger ones are titles
constexpr float room = 0.5F;         // heights of a line, between a header and the text
constexpr std::size_t enough_pages = 2;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A number in small or capital Roman digits, as prefaces have it; nothing for other words, and for "I", which is one.
std::optional<int> roman(std::string_view word) {
    if (word.empty() || word.size() > 7 || word == "I") return std::nullopt;
    constexpr std::string_view digits = "ivxlcIVXLC";
    constexpr int values[] = {1, 5, 10, 50, 100};
    int sum = 0, previous = std::numeric_limits<int>::max();
    for (const char c : word) {
        const auto at = digits.find(c);
        if (at == std::string_view::npos || (at < 5) != (digits.find(word.front()) < 5)) return std::nullopt;
        const int value = values[at % 5];
        sum += value > previous ? value - 2 * previous : value;
        previous = value;
    }
    return sum;
}

/// A word that is nothing but a number.
std::optional<int> whole_number(std::string_view word) {
    if (word.empty() || word.size() > 6 || !std::ranges::all_of(word, is_digit)) return roman(word);
    int number = 0;
    for (const char c : word) number = number * 10 + (c - '0');
    return number;
}

/// The words with one "#" for each number in them.
void append_pattern(std::string& pattern, std::string_view word) {
    if (!pattern.empty()) pattern.push_back(' ');
    if (roman(word)) word = "0";
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (!is_digit(word[i])) {
            pattern.push_back(word[i]);
        } else if (i == 0 || !is_digit(word[i - 1])) {
            pattern.push_back('#');
        }
    }
}

/// A row of words whose boxes overlap in height.
struct Row {
    float top = 0, bottom = 0;
    std::vector<std::size_t> words;
};

/// The rows from the edge inwards, one more than may be running. `order`: the words near the edge, from the edge inwards.
std::vector<Row> rows_of(const std::vector<PlacedWord>& words, const std::vector<std::size_t>& order) {
    std::vector<Row> rows;
    for (const std::size_t i : order) {
        const PlacedWord& word = words[i];
        const float height = word.y1 - word.y0;
        bool in_row = false;
        if (!rows.empty()) {
            Row& row = rows.back();
            const float overlap = std::min(row.bottom, word.y1) - std::max(row.top, word.y0);
            in_row = overlap > std::min(height, row.bottom - row.top) * 0.5F;
            if (in_row) {
                row.top = std::min(row.top, word.y0);
                row.bottom = std::max(row.bottom, word.y1);
                row.words.push_back(i);
            }
        }
        if (in_row) continue;
        if (rows.size() > most_lines) break;
        rows.push_back({word.y0, word.y1, {i}});
    }
    return rows;
}

float usual_height(const std::vector<PlacedWord>& words) {
    std::vector<float> heights;
    heights.reserve(words.size());
    for (const PlacedWord& word : words) heights.push_back(word.y1 - word.y0);
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::ranges::nth_element(heights, middle);
    return *middle;
}

float mean_height(const std::vector<PlacedWord>& words, const Row& row) {
    float sum = 0;
    for (const std::size_t i : row.words) sum += words[i].y1 - words[i].y0;
    return sum / static_cast<float>(row.words.size());
}

/// The words that lie at one end of the page, from its edge inwards.
std::vector<std::size_t> order_from_edge(const std::vector<PlacedWord>& words, float page_height, bool from_top) {
    std::vector<std::size_t> order;
    // The first line beyond decides whether the last one within stands apart, so the zone is a little larger than that of the headers.
    const float zone = page_height * edge_share * 1.5F;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const PlacedWord& word = words[i];
        if (word.rotation == 0 && (from_top ? word.y0 < zone : word.y1 > page_height - zone)) order.push_back(i);
    }
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        const float middle_a = words[a].y0 + words[a].y1, middle_b = words[b].y0 + words[b].y1;
        return middle_a == middle_b ? a < b : from_top == (middle_a < middle_b);
    });
    return order;
}

std::vector<EdgeLine> lines_at(const std::vector<PlacedWord>& words, float page_height, bool from_top, float usual) {
    std::vector<Row> rows = rows_of(words, order_from_edge(words, page_height, from_top));
    std::vector<EdgeLine> lines;
    for (std::size_t i = 0; i < rows.size() && i < most_lines; ++i) {
        Row& row = rows[i];
        const float height = row.bottom - row.top;
        const bool in_zone = from_top ? row.bottom < page_height * edge_share : row.top > page_height * (1 - edge_share);
        if (!in_zone || row.words.size() > most_words || mean_height(words, row) > usual * most_larger) break;
        EdgeLine line;
        line.y = (row.top + row.bottom) / 2;
        line.is_apart = true;
        if (i + 1 < rows.size()) {
            const float gap = from_top ? rows[i + 1].top - row.bottom : row.top - rows[i + 1].bottom;
            line.is_apart = gap > height * room;
        }
        std::ranges::sort(row.words, [&](std::size_t a, std::size_t b) { return words[a].x0 < words[b].x0; });
        for (const std::size_t word : row.words) append_pattern(line.pattern, words[word].text);
        line.first_number = whole_number(words[row.words.front()].text);
        line.last_number = whole_number(words[row.words.back()].text);
        const auto letters = std::ranges::count_if(line.pattern, [](unsigned char c) { return (c | 0x20U) >= 'a' && c != '#'; });
        line.has_letters = letters >= 3;
        line.words = std::move(row.words);
        lines.push_back(std::move(line));
    }
    return lines;
}

bool grows_with_pages(const std::optional<int>& number, const std::optional<int>& other, int pages_between) {
    return number && other && *other - *number == pages_between;
}

using Side = std::vector<EdgeLine> PageEdges::*;

class Comparison {
  public:
    Comparison(const std::deque<PageEdges>& window, Side side) : window_(window), side_(side) {}

    [[nodiscard]] bool is_running(std::size_t at, const EdgeLine& line) const {
        const std::size_t count = others_like(at, line);
        if (count >= enough_pages) return true;
        const bool is_number_alone = !line.has_letters && line.first_number.has_value();
        return (count > 0 || is_number_alone) && stands_where_others_run(at, line);
    }

  private:
    [[nodiscard]] std::size_t begin(std::size_t at) const { return at - std::min(at, running_window); }
    [[nodiscard]] std::size_t end(std::size_t at) const { return std::min(window_.size(), at + running_window + 1); }

    /// Pages with a line like this one at the same height.
    [[nodiscard]] std::size_t others_like(std::size_t at, const EdgeLine& line) const {
        std::size_t count = 0;
        for (std::size_t i = begin(at); i < end(at) && count < enough_pages; ++i) {
            if (i == at) continue;
            for (const EdgeLine& other : window_[i].*side_) {
                if (std::abs(other.y - line.y) > same_height) continue;
                const bool same_text = line.has_letters && line.pattern == other.pattern;
                const int pages = window_[i].number - window_[at].number;
                // At the bottom, a line that begins with a number may be a footnote.
                const bool first_counts = side_ == &PageEdges::top && grows_with_pages(line.first_number, other.first_number, pages);
                if (!same_text && !first_counts && !grows_with_pages(line.last_number, other.last_number, pages)) continue;
                ++count;
                break;
            }
        }
        return count;
    }

    [[nodiscard]] bool stands_where_others_run(std::size_t at, const EdgeLine& line) const {
        for (std::size_t i = begin(at); i < end(at); ++i) {
            if (i == at) continue;
            for (const EdgeLine& other : window_[i].*side_) {
                if (std::abs(other.y - line.y) <= same_height && others_like(i, other) >= enough_pages) return true;
            }
        }
        return false;
    }

    const std::deque<PageEdges>& window_;
    Side side_;
};

void append_running(const std::deque<PageEdges>& window, std::size_t at, Side side, std::vector<std::size_t>& words) {
    const std::vector<EdgeLine>& lines = window[at].*side;
    const Comparison comparison(window, side);
    std::size_t count = 0;
    while (count < lines.size() && comparison.is_running(at, lines[count])) ++count;
    while (count > 0 && !lines[count - 1].is_apart) --count;
    for (std::size_t i = 0; i < count; ++i) words.insert(words.end(), lines[i].words.begin(), lines[i].words.end());
}

}  // namespace

PageEdges edges_of(const std::vector<PlacedWord>& words, float page_height, int number) {
    PageEdges edges{.number = number};
    if (words.empty() || page_height <= 0) return edges;
    const float usual = usual_height(words);
    edges.top = lines_at(words, page_height, true, usual);
    edges.bottom = lines_at(words, page_height, false, usual);
    return edges;
}

std::vector<std::size_t> running_words(const std::deque<PageEdges>& window, std::size_t at) {
    std::vector<std::size_t> words;
    append_running(window, at, &PageEdges::top, words);
    append_running(window, at, &PageEdges::bottom, words);
    std::ranges::sort(words);
    words.erase(std::ranges::unique(words).begin(), words.end());
    return words;
}

}  // namespace docmind
