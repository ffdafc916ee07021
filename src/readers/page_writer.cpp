#include "readers/page_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_list_depth = 16;
constexpr std::size_t max_padding = 8;  // cells written for one that was given
constexpr std::string_view white = " \t\n\r\f\v";

bool is_white(char c) {
    return white.find(c) != std::string_view::npos;
}

/// A cell of a Markdown table (GFM 4.10): on one line, bars escaped.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

}  // namespace

std::string* PageWriter::cell() {
    if (table_depth_ == 0) return nullptr;
    if (rows_.empty()) rows_.emplace_back();
    if (rows_.back().empty()) rows_.back().emplace_back();
    return &rows_.back().back();
}

void PageWriter::separate() {
    std::string& out = page_.text;
    if (!out.empty()) {
        if (newlines_ > 0) {
            out.append(static_cast<std::size_t>(newlines_), '\n');
        } else if (space_ && !is_white(out.back())) {
            out.push_back(' ');
        }
    }
    newlines_ = 0;
    space_ = false;
    out.append(std::exchange(marker_, {}));
    if (heading_level_ > 0 && !heading_begun_) {
        heading_begun_ = true;
        heading_begin_ = out.size();
    }
}

void PageWriter::text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t begin = text.find_first_not_of(white);
        if (begin != 0) space_ = true;
        if (begin == std::string_view::npos) return;
        text.remove_prefix(begin);
        const std::string_view word = text.substr(0, text.find_first_of(white));
        // Not for white space alone: that between the cells begins none.
        if (std::string* const in_cell = cell(); in_cell != nullptr) {
            if (std::exchange(space_, false) && !in_cell->empty()) in_cell->push_back(' ');
            in_cell->append(word);
        } else {
            separate();
            page_.text.append(word);
        }
        text.remove_prefix(word.size());
    }
}

void PageWriter::line_break() {
    // A heading and a cell are one line.
    if (table_depth_ > 0 || heading_level_ > 0) {
        space_ = true;
    } else {
        newlines_ = std::max(newlines_, 1);
    }
}

void PageWriter::paragraph() {
    if (table_depth_ > 0 || heading_level_ > 0) {
        space_ = true;
    } else {
        newlines_ = std::max(newlines_, lists_.empty() ? 2 : 1);
    }
}

void PageWriter::preformatted(std::string_view text) {
    if (table_depth_ > 0 || heading_level_ > 0) {
        this->text(text);
        return;
    }
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return;
    const std::size_t line = text.rfind('\n', first);
    text = text.substr(line == std::string_view::npos ? 0 : line + 1);
    text = text.substr(0, text.find_last_not_of(white) + 1);
    paragraph();
    separate();
    page_.text.append(text);
    paragraph();
}

void PageWriter::begin_heading(int level) {
    paragraph();
    if (table_depth_ > 0) return;
    newlines_ = std::max(newlines_, 2);
    heading_level_ = std::clamp(level, 1, 9);
    heading_begun_ = false;
}

void PageWriter::end_heading() {
    if (heading_level_ > 0 && heading_begun_) {
        std::string title(page_.text, heading_begin_);
        std::ranges::replace(title, '\n', ' ');  // of a table in it
        page_.headings.push_back({static_cast<std::uint32_t>(heading_begin_), heading_level_, std::move(title)});
    }
    heading_level_ = 0;
    paragraph();
    if (table_depth_ == 0) newlines_ = std::max(newlines_, 2);
}

void PageWriter::section(int level, std::string title) {
    page_.headings.push_back({static_cast<std::uint32_t>(page_.text.size()), std::clamp(level, 1, 9), std::move(title)});
}

void PageWriter::begin_list(bool is_ordered, int first_number) {
    paragraph();
    lists_.push_back({is_ordered, first_number});
}

void PageWriter::begin_item() {
    if (table_depth_ > 0 || lists_.empty()) {
        line_break();
        return;
    }
    List& list = lists_.back();
    begin_item(list.is_ordered ? std::to_string(list.next_number++) + "." : "-");
}

void PageWriter::begin_item(std::string_view mark) {
    line_break();
    if (table_depth_ > 0 || lists_.empty()) return;
    marker_.assign(2 * (std::min(lists_.size(), max_list_depth) - 1), ' ');
    marker_.append(mark).push_back(' ');
}

void PageWriter::end_list() {
    marker_.clear();
    if (!lists_.empty()) lists_.pop_back();
    paragraph();
}

void PageWriter::begin_table() {
    if (table_depth_++ > 0) {
        space_ = true;
        return;
    }
    paragraph();
    rows_.clear();
    space_ = false;
}

void PageWriter::begin_row() {
    space_ = table_depth_ > 1;
    if (table_depth_ != 1) return;
    rows_.emplace_back();
    spanned_ = 0;
}

void PageWriter::begin_cell(int columns) {
    space_ = table_depth_ > 1;
    if (table_depth_ != 1) return;
    if (rows_.empty()) rows_.emplace_back();
    // The cell comes last, so that text() finds it; the columns that it spans besides its own stay empty before the next one.
    for (; spanned_ > 0; --spanned_) rows_.back().emplace_back();
    rows_.back().emplace_back();
    spanned_ = std::clamp(columns, 1, 64) - 1;
}

void PageWriter::end_table() {
    if (table_depth_ == 0 || --table_depth_ > 0) {
        space_ = true;
        return;
    }
    write_table();
}

void PageWriter::table(const std::vector<std::vector<std::string>>& rows) {
    begin_table();
    for (const auto& row : rows) {
        begin_row();
        for (const auto& value : row) {
            begin_cell();
            text(value);
        }
    }
    end_table();
}

void PageWriter::write_table() {
    space_ = false;
    std::vector<std::vector<std::string>> rows = std::exchange(rows_, {});
    const auto is_blank = [](const std::vector<std::string>& row) {
        return std::ranges::all_of(row, [](const std::string& value) { return value.empty(); });
    };
    std::erase_if(rows, is_blank);
    std::size_t columns = 0, cells = 0;
    for (const auto& row : rows) {
        columns = std::max(columns, row.size());
        cells += row.size();
    }
    if (columns == 0) return;
    newlines_ = std::max(newlines_, 2);
    // A table of one column is layout, not data: its cells are paragraphs.
    if (columns == 1) {
        for (const auto& row : rows) {
            paragraph();
            text(row.front());
        }
        paragraph();
        return;
    }
    separate();
    // Short rows are filled up, unless one long row among many short ones would make that most of the text.
    const bool fills_up = rows.size() * columns <= max_padding * cells;
    std::string& out = page_.text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (r > 0) out.push_back('\n');
        out.push_back('|');
        for (std::size_t c = 0; c < (fills_up ? columns : rows[r].size()); ++c) {
            const std::string value = c < rows[r].size() ? escaped(rows[r][c]) : std::string();
            out.append(value.empty() ? " " : " " + value + " ").push_back('|');
        }
        if (r > 0) continue;
        out.append("\n|");
        for (std::size_t c = 0; c < (fills_up ? columns : rows[r].size()); ++c) out.append(" --- |");
    }
    paragraph();
    newlines_ = std::max(newlines_, 2);
}

Page PageWriter::take(int number) {
    // What is in an open table so far belongs to this page; the table goes on with the next.
    const int depth = std::exchange(table_depth_, 0);
    if (depth > 0) write_table();
    end_heading();
    Page page = std::exchange(page_, {});
    page.number = number;
    table_depth_ = depth;
    newlines_ = 0;
    space_ = false;
    return page;
}

}  // namespace docmind
