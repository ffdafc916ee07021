#include "readers/pdf/reading_order.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace docmind {

namespace {

constexpr float narrowest_gutter = 7;       // points
constexpr float lowest_column = 50;         // points, from its top to its bottom
constexpr float step = 2;                   // points, between places where a gutter is looked for
constexpr std::size_t fewest_words = 80;    // in both columns; fewer are no page of columns
constexpr std::size_t most_words = 20'000;  // of a page that is looked at; one with more is no page to read
constexpr std::size_t fewest_lines = 6;     // in a column
constexpr double words_in_a_line = 3.5;     // of running text, at least, on average
constexpr double full_lines = 0.55;         // of a column's lines reach nearly across it
constexpr double nearly_across = 0.75;      // of the column's width
constexpr double aligned_lines = 0.6;       // of a column's lines begin where most do
constexpr float same_begin = 2;             // points
constexpr int most_columns = 3;             // on each side of a gutter
constexpr int most_cuts = 12;               // of one page

struct Area {
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// The words of a part of the page, by their index.
using Part = std::vector<std::size_t>;

struct Gutter {
    float x = 0;
    float y0 = 0, y1 = 0;  // as far as nothing crosses it
};

struct Interval {
    float begin = 0, end = 0;
};

Area area_of(const std::vector<PlacedWord>& words, const Part& part) {
    constexpr float far = std::numeric_limits<float>::max();
    Area area{far, far, -far, -far};
    for (const std::size_t i : part) {
        area.x0 = std::min(area.x0, words[i].x0);
        area.y0 = std::min(area.y0, words[i].y0);
        area.x1 = std::max(area.x1, words[i].x1);
        area.y1 = std::max(area.y1, words[i].y1);
    }
    return area;
}

float middle_x(const PlacedWord& word) {
    return (word.x0 + word.x1) / 2;
}
float middle_y(const PlacedWord& word) {
    return (word.y0 + word.y1) / 2;
}

/// Where lines of a column begin and end; from words that follow one another in the library's order.
std::vector<Interval> lines_of(const std::vector<PlacedWord>& words, const Part& part) {
    std::vector<Interval> lines;
    const PlacedWord* previous = nullptr;
    for (const std::size_t i : part) {
        const PlacedWord& word = words[i];
        const float height = previous == nullptr ? 0 : std::min(word.y1 - word.y0, previous->y1 - previous->y0);
        const bool same_line = previous != nullptr && std::min(word.y1, previous->y1) - std::max(word.y0, previous->y0) > height / 2 &&
                               word.x0 >= lines.back().begin;
        if (same_line) {
            lines.back().end = std::max(lines.back().end, word.x1);
        } else {
            lines.push_back({word.x0, word.x1});
        }
        previous = &word;
    }
    return lines;
}

/// The library may have taken lines of a column out of their order while it saw them beside others.
void order_lines(const std::vector<PlacedWord>& words, Part& part) {
    std::vector<std::pair<float, Part>> lines;  // by their middle
    for (const std::size_t i : part) {
        const PlacedWord& word = words[i];
        const bool same_line = !lines.empty() && std::abs(lines.back().first - middle_y(word)) < (word.y1 - word.y0) / 2 &&
                               word.x0 >= words[lines.back().second.back()].x0;
        if (!same_line) lines.push_back({middle_y(word), {}});
        lines.back().second.push_back(i);
    }
    std::ranges::sort(
        lines, [](const auto& a, const auto& b) { return std::pair(a.first, a.second.front()) < std::pair(b.first, b.second.front()); });
    part.clear();
    for (const auto& line : lines) part.insert(part.end(), line.second.begin(), line.second.end());
}

/// Whether these words are a column of running text rather than cells of a table, entries of an index or lines of code.
bool is_prose(const std::vector<PlacedWord>& words, Part part) {
    order_lines(words, part);
    const std::vector<Interval> lines = lines_of(words, part);
    // The dots that lead to a page number are no words.
    const auto count = static_cast<double>(lines.size());
    const auto real = std::ranges::count_if(part, [&](std::size_t i) { return words[i].text.find_first_not_of(".") != std::string::npos; });
    if (lines.size() < fewest_lines || static_cast<double>(real) < words_in_a_line * count) return false;
    std::vector<float> begins;
    float right = 0;
    for (const Interval& line : lines) {
        begins.push_back(line.begin);
        right = std::max(right, line.end);
    }
    std::ranges::sort(begins);
    // The most common beginning: the longest run of sorted beginnings that are close together.
    std::size_t best = 0;
    float left = 0;
    for (std::size_t first = 0, last = 0; last < begins.size(); ++last) {
        while (begins[last] - begins[first] > same_begin) ++first;
        if (last - first + 1 > best) {
            best = last - first + 1;
            left = begins[first];
        }
    }
    const auto full = std::ranges::count_if(lines, [&](const Interval& line) { return line.end - left > (right - left) * nearly_across; });
    return static_cast<double>(best) > aligned_lines * count && static_cast<double>(full) > full_lines * count;
}

/// Parts of the column at x that no word crosses, between the area's top and bottom.
std::vector<Interval> free_heights(const std::vector<PlacedWord>& words, const Part& part, const Area& area, float x) {
    std::vector<Interval> crossing;
    for (const std::size_t i : part) {
        const PlacedWord& word = words[i];
        if (word.x0 < x + narrowest_gutter / 2 && word.x1 > x - narrowest_gutter / 2) crossing.push_back({word.y0, word.y1});
    }
    std::ranges::sort(crossing, {}, &Interval::begin);
    std::vector<Interval> free;
    float from = area.y0;
    for (const Interval& block : crossing) {
        if (block.begin - from > lowest_column) free.push_back({from, block.begin});
        from = std::max(from, block.end);
    }
    if (area.y1 - from > lowest_column) free.push_back({from, area.y1});
    return free;
}

/// Leaves a header or a footer out that stands beside no other column: what is far above or below the rest, and little.
void shrink(const std::vector<PlacedWord>& words, const Part& part, Gutter& gutter) {
    std::vector<Interval> heights;
    for (const std::size_t i : part) {
        if (middle_y(words[i]) >= gutter.y0 && middle_y(words[i]) <= gutter.y1) heights.push_back({words[i].y0, words[i].y1});
    }
    std::ranges::sort(heights, {}, &Interval::begin);
    const std::size_t little = heights.size() / 20;
    float bottom = heights.empty() ? 0 : heights.front().end;
    for (std::size_t i = 1; i < heights.size(); ++i) {
        const float room = heights[i].begin - bottom;
        const bool is_far = room > 1.5F * (heights[i].end - heights[i].begin);
        if (is_far && i <= little) gutter.y0 = bottom + room / 2;
        if (is_far && heights.size() - i <= little) {
            gutter.y1 = bottom + room / 2;
            return;
        }
        bottom = std::max(bottom, heights[i].end);
    }
}

/// The tallest white strip with many words on both of its sides.
std::optional<Gutter> find_gutter(const std::vector<PlacedWord>& words, const Part& part) {
    const Area area = area_of(words, part);
    const float width = area.x1 - area.x0;
    std::optional<Gutter> best;
    std::size_t most = fewest_words / 2 - 1;
    for (float x = area.x0 + width * 0.15F; x < area.x1 - width * 0.15F; x += std::max(step, width / 300)) {
        for (const Interval& free : free_heights(words, part, area, x)) {
            std::size_t left = 0, right = 0;
            for (const std::size_t i : part) {
                if (middle_y(words[i]) < free.begin || middle_y(words[i]) > free.end) continue;
                ++(middle_x(words[i]) < x ? left : right);
            }
            if (std::min(left, right) <= most) continue;
            most = std::min(left, right);
            best = Gutter{x, free.begin, free.end};
        }
    }
    if (best) shrink(words, part, *best);
    return best;
}

struct Cut {
    Part above, left, right, below;
};

Cut cut_at(const std::vector<PlacedWord>& words, const Part& part, const Gutter& gutter) {
    Cut cut;
    for (const std::size_t i : part) {
        const float y = middle_y(words[i]);
        Part& to = y < gutter.y0 ? cut.above : y > gutter.y1 ? cut.below : middle_x(words[i]) < gutter.x ? cut.left : cut.right;
        to.push_back(i);
    }
    return cut;
}

/// Whether the words are a column, or columns beside one another.
bool is_columns(const std::vector<PlacedWord>& words, const Part& part, int most) {
    if (is_prose(words, part)) return true;
    if (most < 2 || part.size() < fewest_words) return false;
    const auto gutter = find_gutter(words, part);
    if (!gutter) return false;
    const Cut cut = cut_at(words, part, *gutter);
    return is_columns(words, cut.left, most - 1) && is_columns(words, cut.right, most - 1);
}

}  // namespace

std::vector<std::size_t> order_columns(std::vector<PlacedWord>& words) {
    if (words.size() < fewest_words || words.size() > most_words ||
        std::ranges::any_of(words, [](const PlacedWord& word) { return word.rotation != 0; }))
        return {words.size()};
    struct Waiting {
        Part part;
        bool is_column = false;
    };
    std::vector<Waiting> waiting(1);
    for (std::size_t i = 0; i < words.size(); ++i) waiting[0].part.push_back(i);
    Part order;
    std::vector<std::size_t> sizes;
    int cuts = 0;
    while (!waiting.empty()) {
        Waiting next = std::move(waiting.back());
        waiting.pop_back();
        std::optional<Gutter> gutter;
        if (next.part.size() >= fewest_words && cuts < most_cuts) gutter = find_gutter(words, next.part);
        Cut cut;
        if (gutter) cut = cut_at(words, next.part, *gutter);
        if (!gutter || !is_columns(words, cut.left, most_columns) || !is_columns(words, cut.right, most_columns)) {
            if (next.is_column) order_lines(words, next.part);
            order.insert(order.end(), next.part.begin(), next.part.end());
            sizes.push_back(next.part.size());
            continue;
        }
        ++cuts;
        // The last one is the next.
        waiting.push_back({std::move(cut.below), next.is_column});
        waiting.push_back({std::move(cut.right), true});
        waiting.push_back({std::move(cut.left), true});
        waiting.push_back({std::move(cut.above), next.is_column});
    }
    if (cuts == 0) return sizes;
    std::vector<PlacedWord> ordered;
    ordered.reserve(words.size());
    for (const std::size_t i : order) ordered.push_back(std::move(words[i]));
    words = std::move(ordered);
    return sizes;
}

}  // namespace docmind
