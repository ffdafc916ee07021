#include "readers/pdf/pdf_headings.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr float near_its_place = 40;  // points between where a bookmark leads and the title
constexpr float larger = 1.18F;       // than the usual letters
constexpr float much_larger = 1.4F;
constexpr float largest = 1.7F;
constexpr std::size_t most_words = 16;  // of a heading
constexpr std::size_t most_lines = 3;
constexpr std::ptrdiff_t lowest_level = 9;
constexpr std::size_t most_numbers = 8;  // characters of "12.3.4" before a title

/// Letters and digits alone, small: what a title and its line on the page have in common.
std::string squeezed(std::string_view text) {
    std::string out;
    for (const unsigned char c : text) {
        if (c >= 0x80 || std::isalnum(c) != 0) out.push_back(static_cast<char>(std::tolower(c)));
    }
    return out;
}

struct Line {
    std::size_t first = 0, end = 0;  // words
};

/// The page's lines, as far as they have words.
std::vector<Line> lines_of(const Page& page) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < page.words.size(); ++i) {
        const bool begins =
            i == 0 || std::string_view(page.text).substr(page.words[i - 1].end, page.words[i].begin - page.words[i - 1].end).find('\n') !=
                          std::string_view::npos;
        if (begins) lines.push_back({i, i});
        lines.back().end = i + 1;
    }
    return lines;
}

/// Whether the title begins at this line, perhaps after its number.
bool stands_at(const Page& page, const Line& line, const std::string& title) {
    const std::size_t begin = page.words[line.first].begin;
    std::string text = squeezed(std::string_view(page.text).substr(begin, 2 * title.size() + 64));
    if (text.starts_with(title)) return true;
    const auto number = std::min({text.find_first_not_of("0123456789"), most_numbers, text.size()});
    return std::string_view(text).substr(number).starts_with(title);
}

std::size_t place_of(const Page& page, const std::vector<Line>& lines, std::size_t from, const Bookmark& bookmark) {
    const std::string title = squeezed(bookmark.title);
    std::optional<std::size_t> best;
    float best_distance = 0;
    for (std::size_t i = from; i < lines.size() && !title.empty(); ++i) {
        if (!stands_at(page, lines[i], title)) continue;
        const float distance = bookmark.top ? std::abs(page.words[lines[i].first].y0 - *bookmark.top) : 0;
        if (best && distance >= best_distance) continue;
        best = i;
        best_distance = distance;
    }
    if (best && (best_distance < near_its_place || !bookmark.top)) return *best;
    if (!bookmark.top) return from;
    for (std::size_t i = from; i < lines.size(); ++i) {
        const WordBox& word = page.words[lines[i].first];
        if ((word.y0 + word.y1) / 2 > *bookmark.top) return i;
    }
    return lines.size();
}

float height(const WordBox& word) {
    return word.y1 - word.y0;
}

std::string_view text_of(const Page& page, const WordBox& word) {
    return std::string_view(page.text).substr(word.begin, word.end - word.begin);
}

/// The height of a line of which every word is large; 0 for all others.
float large_height(const Page& page, const Line& line, float usual) {
    std::size_t letters = 0;
    float lowest = 0;
    for (std::size_t i = line.first; i < line.end; ++i) {
        const float own = height(page.words[i]);
        if (own < usual * larger) return 0;
        lowest = i == line.first ? own : std::min(lowest, own);
        letters += squeezed(text_of(page, page.words[i])).size();
    }
    return letters >= 3 && line.end - line.first <= most_words ? lowest : 0;
}

/// By its number, "2.1.3 Language objects", or else by its size.
int level_of(std::string_view title, float times_usual) {
    const auto number = title.substr(0, std::min(title.find_first_not_of("0123456789."), title.size()));
    if (!number.empty() && number.front() != '.' && number.size() < title.size() && title[number.size()] == ' ') {
        const auto dots = std::count(number.begin(), number.end() - 1, '.');
        return static_cast<int>(std::min<std::ptrdiff_t>(dots + 1, lowest_level));
    }
    return times_usual >= largest ? 1 : times_usual >= much_larger ? 2 : 3;
}

}  // namespace

void add_bookmarks(Page& page, std::span<const Bookmark> bookmarks) {
    if (bookmarks.empty()) return;
    const std::vector<Line> lines = lines_of(page);
    std::size_t from = 0;
    for (const Bookmark& bookmark : bookmarks) {
        from = place_of(page, lines, from, bookmark);
        const std::size_t begin = from < lines.size() ? page.words[lines[from].first].begin : page.text.size();
        page.headings.push_back({static_cast<std::uint32_t>(begin), bookmark.level, bookmark.title});
    }
}

void LetterSizes::add(const Page& page) {
    for (const WordBox& word : page.words) {
        const float halves = height(word) * 2;
        if (halves >= 1 && halves < static_cast<float>(letters_.size()))
            letters_[static_cast<std::size_t>(halves)] += word.end - word.begin;
    }
}

float LetterSizes::usual() const {
    const auto most = std::ranges::max_element(letters_);
    return *most == 0 ? 0 : (static_cast<float>(most - letters_.begin()) + 0.5F) / 2;
}

void add_large_lines(Page& page, float usual_height) {
    if (usual_height <= 0) return;
    const std::vector<Line> lines = lines_of(page);
    for (std::size_t i = 0; i < lines.size();) {
        const float size = large_height(page, lines[i], usual_height);
        std::size_t end = i + 1;
        if (size > 0) {
            // A long title goes on in the next line.
            while (end < lines.size() && end - i < most_lines && std::abs(large_height(page, lines[end], usual_height) - size) < 0.5F)
                ++end;
            std::string title;
            for (std::size_t word = lines[i].first; word < lines[end - 1].end; ++word) {
                const bool is_joined = word > lines[i].first && page.words[word].begin == page.words[word - 1].end;
                if (!title.empty() && !is_joined) title.push_back(' ');
                title += text_of(page, page.words[word]);
            }
            const int level = level_of(title, size / usual_height);
            // In a table of contents a title is no heading.
            if (title.find(". . .") == std::string::npos && title.find("....") == std::string::npos)
                page.headings.push_back({page.words[lines[i].first].begin, level, std::move(title)});
        }
        i = end;
    }
}

}  // namespace docmind
