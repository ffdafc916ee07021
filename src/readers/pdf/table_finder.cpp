#include "readers/pdf/table_finder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace docmind {

namespace {

constexpr float narrowest_gap = 6;       // points between two columns
constexpr float gap_in_heights = 0.75F;  // the same, by the height of a line
constexpr float largest_row_gap = 1.6F;  // heights of a line, from row to row
constexpr std::size_t fewest_rows = 3;
constexpr std::size_t most_rows_above = 2;
constexpr std::size_t most_columns = 30;
constexpr double most_words_in_a_cell = 5;  // on average
constexpr double most_words_beside = 4;     // the same for two columns, which may be terms and their explanations
constexpr double full_rows = 0.6;           // of the rows have more than one cell
constexpr double full_column = 0.4;         // of a column's cells are not empty
constexpr double aligned_cells = 0.75;      // of a column begin, end or have their middle at one place
constexpr float same_place = 2.5F;          // points
constexpr double same_width = 0.04;         // deviation of the letters' widths, by their mean, in a font of one width

struct Interval {
    float begin = 0, end = 0;
};

struct Row {
    float top = 0, bottom = 0;
    std::vector<std::size_t> words;  // by x
    std::vector<Interval> pieces;    // parts with room between them
    [[nodiscard]] float height() const { return bottom - top; }
};

/// Words by row and column; a cell may have several lines.
using Cells = std::vector<std::vector<std::vector<std::size_t>>>;

struct Table {
    Cells rows;
    std::vector<std::size_t> words;  // ascending
};

float middle_y(const PlacedWord& word) {
    return (word.y0 + word.y1) / 2;
}

void cut_into_pieces(const std::vector<PlacedWord>& words, Row& row) {
    std::ranges::sort(row.words, [&](std::size_t a, std::size_t b) { return std::pair(words[a].x0, a) < std::pair(words[b].x0, b); });
    const float gap = std::max(narrowest_gap, row.height() * gap_in_heights);
    for (const std::size_t i : row.words) {
        const bool begins = row.pieces.empty() || words[i].x0 - row.pieces.back().end > gap;
        if (begins) row.pieces.push_back({words[i].x0, words[i].x1});
        row.pieces.back().end = std::max(row.pieces.back().end, words[i].x1);
    }
}

std::vector<Row> rows_of(const std::vector<PlacedWord>& words, std::size_t begin, std::size_t end) {
    std::vector<std::size_t> order;
    for (std::size_t i = begin; i < end; ++i) {
        if (words[i].rotation == 0 && words[i].y1 > words[i].y0) order.push_back(i);
    }
    std::ranges::sort(order,
                      [&](std::size_t a, std::size_t b) { return std::pair(middle_y(words[a]), a) < std::pair(middle_y(words[b]), b); });
    std::vector<Row> rows;
    for (const std::size_t i : order) {
        const PlacedWord& word = words[i];
        const bool in_row = !rows.empty() && std::min(rows.back().bottom, word.y1) - std::max(rows.back().top, word.y0) >
                                                 std::min(rows.back().height(), word.y1 - word.y0) / 2;
        if (!in_row) rows.push_back({word.y0, word.y1, {}, {}});
        Row& row = rows.back();
        row.top = std::min(row.top, word.y0);
        row.bottom = std::max(row.bottom, word.y1);
        row.words.push_back(i);
    }
    for (Row& row : rows) cut_into_pieces(words, row);
    return rows;
}

/// What the rows of a table have in common: the strips between its columns.
class Columns {
  public:
    /// Where the row fits: with at least one strip left, and no fewer than before unless `may_narrow`.
    bool take(const Row& row, bool may_narrow) {
        std::vector<Interval> united = united_with(row.pieces);
        if (united.size() < 2 || united.size() > most_columns || (!may_narrow && united.size() < columns_.size())) return false;
        columns_ = std::move(united);
        return true;
    }
    [[nodiscard]] std::size_t size() const { return columns_.size(); }
    [[nodiscard]] std::size_t of(const PlacedWord& word) const {
        std::size_t column = 0;
        while (column + 1 < columns_.size() && word.x0 >= columns_[column + 1].begin - 0.01F) ++column;
        return column;
    }

  private:
    [[nodiscard]] std::vector<Interval> united_with(const std::vector<Interval>& pieces) const {
        std::vector<Interval> all = columns_;
        all.insert(all.end(), pieces.begin(), pieces.end());
        std::ranges::sort(all, {}, &Interval::begin);
        std::vector<Interval> united;
        for (const Interval& next : all) {
            if (united.empty() || next.begin - united.back().end >= narrowest_gap) {
                united.push_back(next);
            } else {
                united.back().end = std::max(united.back().end, next.end);
            }
        }
        return united;
    }

    std::vector<Interval> columns_;
};

bool has_only(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

/// "-", "•", "1.", "(a)": what stands before the items of a list.
bool is_marker(std::string_view text) {
    if (text.size() <= 3 && !text.empty() && static_cast<unsigned char>(text.front()) >= 0x80) return true;
    if (has_only(text, "-*+o")) return text.size() == 1;
    return text.size() <= 5 && (text.ends_with('.') || text.ends_with(')'));
}

/// Letters, signs and digits all as wide as one another: a listing. Digits alone say nothing, they are so in every font.
bool is_of_one_width(const std::vector<PlacedWord>& words, const std::vector<std::size_t>& which) {
    double count = 0, sum = 0, squares = 0;
    std::size_t telling = 0;
    for (const std::size_t i : which) {
        const auto letters = std::ranges::count_if(words[i].text, [](unsigned char c) { return (c & 0xC0U) != 0x80; });
        if (letters == 0) continue;
        const double width = static_cast<double>(words[i].x1 - words[i].x0) / static_cast<double>(letters);
        telling += letters > 1 && !has_only(words[i].text, "0123456789") ? 1 : 0;
        ++count;
        sum += width;
        squares += width * width;
    }
    if (telling < fewest_rows) return false;
    const double mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean)) < same_width * mean;
}

class Verdict {
  public:
    Verdict(const std::vector<PlacedWord>& words, const Table& table) : words_(words), table_(table), columns_(table.rows.front().size()) {}

    [[nodiscard]] bool is_table() const {
        if (table_.rows.size() < fewest_rows || is_of_one_width(words_, table_.words)) return false;
        const auto full = std::ranges::count_if(table_.rows, [](const auto& row) { return filled(row) > 1; });
        if (static_cast<std::size_t>(full) < fewest_rows || share(full, table_.rows.size()) < full_rows) return false;
        if (has_leaders() || has_comments()) return false;
        for (std::size_t c = 0; c < columns_; ++c) {
            if (!is_column(c)) return false;
        }
        return !(columns_ == 2 &&
                 share(count_in_column(0, [this](const auto& cell) { return cell.size() == 1 && is_marker(words_[cell[0]].text); }),
                       table_.rows.size()) > 0.6);
    }

  private:
    using Cell = std::vector<std::size_t>;

    static double share(std::ptrdiff_t part, std::size_t all) {
        return static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(1, all));
    }
    static std::size_t filled(const std::vector<Cell>& row) {
        return static_cast<std::size_t>(std::ranges::count_if(row, [](const Cell& cell) { return !cell.empty(); }));
    }
    template <class Condition>
    [[nodiscard]] std::ptrdiff_t count_in_column(std::size_t column, Condition condition) const {
        return std::ranges::count_if(table_.rows, [&](const auto& row) { return !row[column].empty() && condition(row[column]); });
    }

    /// The dots that lead to a page number, or entries of an index: "boats, 12".
    [[nodiscard]] bool has_leaders() const {
        std::size_t dots = 0, entries = 0, cells = 0;
        for (const auto& row : table_.rows) {
            for (const Cell& cell : row) {
                if (cell.empty()) continue;
                ++cells;
                dots +=
                    std::ranges::any_of(cell, [this](std::size_t i) { return has_only(words_[i].text, ".") && !words_[i].text.empty(); })
                        ? 1
                        : 0;
                const bool is_entry = cell.size() > 1 && words_[cell[cell.size() - 2]].text.ends_with(',') &&
                                      has_only(words_[cell.back()].text, "0123456789,");
                entries += is_entry ? 1 : 0;
            }
        }
        return dots * 5 > cells || entries * 3 > cells;
    }

    /// Code with remarks beside it.
    [[nodiscard]] bool has_comments() const {
        const auto begins_remark = [this](const Cell& cell) {
            const std::string& text = words_[cell.front()].text;
            return text.starts_with('#') || text.starts_with("//") || text.starts_with("/*") || text.starts_with("--");
        };
        return share(count_in_column(columns_ - 1, begins_remark), table_.rows.size()) > 0.4;
    }

    [[nodiscard]] bool is_column(std::size_t column) const {
        std::size_t words = 0;
        std::vector<float> begins, ends, middles;
        for (const auto& row : table_.rows) {
            const Cell& cell = row[column];
            if (cell.empty()) continue;
            words += cell.size();
            float begin = words_[cell.front()].x0, end = begin;
            for (const std::size_t i : cell) {
                begin = std::min(begin, words_[i].x0);
                end = std::max(end, words_[i].x1);
            }
            begins.push_back(begin);
            ends.push_back(end);
            middles.push_back((begin + end) / 2);
        }
        const double average = static_cast<double>(words) / static_cast<double>(std::max<std::size_t>(1, begins.size()));
        if (average > (columns_ == 2 ? most_words_beside : most_words_in_a_cell)) return false;
        if (share(static_cast<std::ptrdiff_t>(begins.size()), table_.rows.size()) < full_column) return false;
        return std::max({at_one_place(begins), at_one_place(ends), at_one_place(middles)}) >= aligned_cells;
    }

    /// The share of the values that are close to one another.
    static double at_one_place(std::vector<float> values) {
        std::ranges::sort(values);
        std::size_t best = 0;
        for (std::size_t first = 0, last = 0; last < values.size(); ++last) {
            while (values[last] - values[first] > same_place) ++first;
            best = std::max(best, last - first + 1);
        }
        return share(static_cast<std::ptrdiff_t>(best), values.size());
    }

    const std::vector<PlacedWord>& words_;
    const Table& table_;
    std::size_t columns_;
};

/// The usual room between rows that have several cells: less of it lies between two lines of one cell.
float usual_gap(std::span<const Row> rows) {
    std::vector<float> gaps;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].pieces.size() > 1 && rows[i - 1].pieces.size() > 1) gaps.push_back(rows[i].top - rows[i - 1].bottom);
    }
    if (gaps.empty()) return 0;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::ranges::nth_element(gaps, middle);
    return *middle;
}

Table table_of(const std::vector<PlacedWord>& words, std::span<const Row> rows, const Columns& columns) {
    Table table;
    const float usual = usual_gap(rows);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::vector<std::vector<std::size_t>> cells(columns.size());
        for (const std::size_t i : rows[r].words) {
            cells[columns.of(words[i])].push_back(i);
            table.words.push_back(i);
        }
        const auto filled = static_cast<std::size_t>(std::ranges::count_if(cells, [](const auto& cell) { return !cell.empty(); }));
        const bool is_close = r > 0 && rows[r].top - rows[r - 1].bottom < usual - rows[r].height() * 0.2F;
        // A line that goes on with what is above it.
        if (r > 0 && filled < columns.size() && (is_close || cells.front().empty())) {
            for (std::size_t c = 0; c < cells.size(); ++c) {
                auto& above = table.rows.back()[c];
                above.insert(above.end(), cells[c].begin(), cells[c].end());
            }
        } else {
            table.rows.push_back(std::move(cells));
        }
    }
    std::ranges::sort(table.words);
    return table;
}

bool are_close(const Row& above, const Row& below) {
    return below.top - above.bottom < largest_row_gap * std::max(above.height(), below.height());
}

/// As many rows from the first on as share their columns; it ends with one that has several cells.
std::span<const Row> rows_alike(const std::vector<Row>& rows, std::size_t first) {
    Columns columns;
    std::size_t end = first, past_full = first;
    while (end < rows.size()) {
        if (end > first && !are_close(rows[end - 1], rows[end])) break;
        const bool is_full = rows[end].pieces.size() > 1;
        if (end == first && !is_full) break;
        if (!columns.take(rows[end], end - first < fewest_rows)) break;
        ++end;
        if (is_full) past_full = end;
    }
    return {rows.data() + first, past_full - first};
}

std::optional<Table> as_table(const std::vector<PlacedWord>& words, std::span<const Row> rows) {
    Columns columns;
    for (const Row& row : rows) columns.take(row, true);
    if (columns.size() < 2) return std::nullopt;
    Table table = table_of(words, rows, columns);
    if (!Verdict(words, table).is_table()) return std::nullopt;
    return table;
}

void append_tables(const std::vector<PlacedWord>& words, const std::vector<Row>& rows, std::vector<Table>& tables) {
    for (std::size_t at = 0; at < rows.size();) {
        const std::size_t end = at + rows_alike(rows, at).size();
        // What stands right above a table may look like its first row.
        bool is_found = false;
        for (std::size_t first = at; first <= at + most_rows_above && first + fewest_rows <= end && !is_found; ++first) {
            const std::span<const Row> alike = rows_alike(rows, first);
            if (alike.size() < fewest_rows) continue;
            if (auto table = as_table(words, alike)) {
                tables.push_back(std::move(*table));
                at = first + alike.size();
                is_found = true;
            }
        }
        // Not from the middle of what is no table: there, a few rows of a list may look like one.
        if (!is_found) at = std::max(end, at + 1);
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

/// The table's words in the order of its cells. `before`: what ends the text before it; what ends the table is left in its place.
void append_table(std::vector<PlacedWord>& out, std::vector<PlacedWord>& words, const Table& table, std::string& before) {
    before += "\n\n|";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        if (r > 0) before += "\n|";
        for (const auto& cell : table.rows[r]) {
            before += " ";
            for (std::size_t i = 0; i < cell.size(); ++i) {
                PlacedWord& word = words[cell[i]];
                word.text = escaped(word.text);
                word.before = i == 0 ? Break::as_given : Break::space;
                if (i == 0) word.separator = std::exchange(before, " ");
                out.push_back(std::move(word));
            }
            before += "|";
        }
        if (r > 0) continue;
        before += "\n|";
        for (std::size_t c = 0; c < table.rows[r].size(); ++c) before += " --- |";
    }
}

std::vector<Table> find_tables(const std::vector<PlacedWord>& words, std::span<const std::size_t> parts) {
    std::vector<Table> tables;
    std::size_t begin = 0;
    for (const std::size_t count : parts) {
        const std::vector<Row> rows = rows_of(words, begin, begin + count);
        append_tables(words, rows, tables);
        begin += count;
    }
    return tables;
}

}  // namespace

void form_tables(std::vector<PlacedWord>& words, std::span<const std::size_t> parts) {
    const std::vector<Table> tables = find_tables(words, parts);
    if (tables.empty()) return;
    constexpr std::size_t none = SIZE_MAX;
    std::vector<std::size_t> table_of_word(words.size(), none);
    for (std::size_t t = 0; t < tables.size(); ++t) {
        for (const std::size_t i : tables[t].words) table_of_word[i] = t;
    }
    std::vector<bool> is_written(tables.size());
    std::vector<PlacedWord> out;
    out.reserve(words.size());
    std::string before;  // the end of a table that has just been written
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t t = table_of_word[i];
        if (t == none) {
            if (!before.empty()) {
                words[i].before = Break::as_given;
                words[i].separator = std::exchange(before, {}) + "\n\n";
            }
            out.push_back(std::move(words[i]));
        } else if (!is_written[t]) {
            is_written[t] = true;
            append_table(out, words, tables[t], before);
        }
    }
    if (!before.empty()) out.push_back({.before = Break::as_given, .separator = std::move(before)});
    words = std::move(out);
}

}  // namespace docmind
