#include "readers/office/rtf_blocks.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_mark = 32;
constexpr std::size_t max_columns = 256;
constexpr int max_edge = 100'000;
constexpr int edge_tolerance = 20;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

/// "-" for a bullet, "1." and the like as it stands. Where the program wrote no mark apart, one that the text itself begins with is taken
/// off it: a bullet, or a number before a tab.
std::string list_mark(std::string_view mark, std::string_view* text) {
    mark = trimmed(mark);
    if (!mark.empty()) {
        const bool is_number = std::ranges::any_of(mark, [](unsigned char c) { return std::isalnum(c) != 0; }) && mark != "o";
        return is_number && mark.size() <= max_mark ? std::string(mark) : "-";
    }
    constexpr std::string_view bullet = "\u2022";
    const std::string_view line = trimmed(*text);
    const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    const bool is_number = digits > 0 && digits < 4 && (line.substr(digits, 2) == ".\t" || line.substr(digits, 2) == ")\t");
    if (!is_number && !line.starts_with(bullet)) return {};
    *text = line.substr(is_number ? digits + 1 : bullet.size());
    return is_number ? std::string(line.substr(0, digits + 1)) : "-";
}

}  // namespace

void RtfBlocks::paragraph(const RtfParagraph& paragraph, std::string_view mark_text, std::string_view text) {
    const std::string mark = list_mark(mark_text, &text);
    const bool has_text = !trimmed(text).empty();
    if (has_text) begin_section();
    if (paragraph.is_in_table) {
        begin_cell();
        write_lines(text);
        flow_.writer().paragraph();
    } else if (has_text || !mark.empty()) {
        end_table();
        if (paragraph.begins_page) flow_.soft_break();
        write_block(paragraph, mark, text);
    }
    write_box();
    flow_.writer().paragraph();
}

void RtfBlocks::cell(const RtfParagraph& paragraph, std::string_view text) {
    begin_cell();
    RtfParagraph inside = paragraph;
    inside.is_in_table = true;
    this->paragraph(inside, {}, text);
    row_.cell_is_open = false;
}

void RtfBlocks::row() {
    if (!row_.is_open) return;
    flow_.end_row();
    row_ = {};
}

void RtfBlocks::cell_edge(int edge) {
    if (row_edges_.size() == max_columns) return;
    row_edges_.push_back(std::clamp(edge, -max_edge, max_edge));
    if (row_edges_.size() > grid_.size()) grid_ = row_edges_;
}

/// How many columns of the table a cell takes: a cell is as wide as its edges say, and the row with most cells says where columns are.
int RtfBlocks::columns_of(std::size_t cell) const {
    if (cell >= row_edges_.size()) return 1;
    const int left = cell == 0 ? std::numeric_limits<int>::min() : row_edges_[cell - 1] + edge_tolerance;
    const int right = row_edges_[cell] + edge_tolerance;
    return std::max(1, static_cast<int>(std::ranges::count_if(grid_, [=](int edge) { return edge > left && edge <= right; })));
}

void RtfBlocks::hard_break() {
    begin_section();
    flow_.hard_break();
}

void RtfBlocks::soft_break() {
    begin_section();
    flow_.soft_break();
}

void RtfBlocks::section() {
    section_is_due_ = section_begins_page_ = true;
}

void RtfBlocks::begin_section() {
    if (!std::exchange(section_is_due_, false) || !section_begins_page_) return;
    end_table();
    flow_.hard_break();
}

void RtfBlocks::begin_cell() {
    if (!std::exchange(table_is_open_, true)) {
        set_lists(0);
        flow_.begin_table();
    }
    if (!std::exchange(row_.is_open, true)) flow_.begin_row();
    if (!std::exchange(row_.cell_is_open, true)) flow_.begin_cell(columns_of(row_.cells++));
}

void RtfBlocks::end_table() {
    if (!std::exchange(table_is_open_, false)) return;
    row_ = {};
    grid_.clear();
    flow_.end_table();
}

void RtfBlocks::set_lists(std::size_t depth) {
    for (; lists_ > depth; --lists_) flow_.writer().end_list();
    for (; lists_ < depth; ++lists_) flow_.writer().begin_list(false);
}

void RtfBlocks::write_block(const RtfParagraph& paragraph, const std::string& mark, std::string_view text) {
    if (paragraph.heading > 0) {
        set_lists(0);
        flow_.begin_heading(paragraph.heading);
        if (!mark.empty() && mark != "-") flow_.text(mark + " ");
        write_lines(text);
        flow_.end_heading();
        return;
    }
    set_lists(mark.empty() ? 0 : static_cast<std::size_t>(paragraph.level) + 1);
    flow_.writer().paragraph();
    if (!mark.empty()) flow_.writer().begin_item(mark);
    write_lines(text);
}

void RtfBlocks::write_lines(std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        flow_.text(text.substr(0, end));
        if (end == std::string_view::npos) return;
        flow_.writer().line_break();
        text.remove_prefix(end + 1);
    }
}

void RtfBlocks::write_box() {
    if (box_.empty()) return;
    flow_.writer().paragraph();
    write_lines(std::exchange(box_, {}));
}

void RtfBlocks::write_notes() {
    if (notes_.empty()) return;
    set_lists(0);
    flow_.writer().paragraph();
    write_lines(std::exchange(notes_, {}));
}

void RtfBlocks::finish() {
    end_table();
    set_lists(0);
    flow_.finish();
}

}  // namespace docmind
