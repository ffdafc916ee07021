#include "readers/office/sheet.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_padding = 16;  // cells of a table for one that has text
constexpr std::size_t small_table = 4096;

}  // namespace

void Sheet::set(std::uint32_t row, std::uint32_t column, std::string text) {
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) cells_.push_back({row, column, std::move(text)});
}

void Sheet::write(PageWriter* writer) {
    const auto place = [](const Cell& cell) { return std::pair(cell.row, cell.column); };
    if (!std::ranges::is_sorted(cells_, {}, place)) std::ranges::sort(cells_, {}, place);
    Place begin = cells_.begin();
    while (begin != cells_.end()) {
        Place end = begin + 1;
        while (end != cells_.end() && end->row - std::prev(end)->row <= 1) ++end;
        write_region(begin, end, writer);
        begin = end;
    }
}

void Sheet::write_region(Place begin, Place end, PageWriter* writer) {
    // A row of one cell over rows of more is what the table is called.
    const auto row_end = [end](Place from) {
        return std::find_if(from, end, [row = from->row](const Cell& cell) { return cell.row != row; });
    };
    const auto write_line = [writer](std::string_view text) {
        writer->paragraph();
        writer->text(text);
        writer->paragraph();
    };
    while (begin != end && row_end(begin) - begin == 1) write_line((begin++)->text);
    if (begin == end) return;

    std::vector<std::uint32_t> columns;
    for (Place cell = begin; cell != end; ++cell) columns.push_back(cell->column);
    std::ranges::sort(columns);
    columns.erase(std::ranges::unique(columns).begin(), columns.end());
    const std::size_t cells = static_cast<std::size_t>(end - begin);
    const std::size_t area = (std::prev(end)->row - begin->row + std::size_t{1}) * columns.size();
    if (area > small_table && area / max_padding > cells) {
        for (Place cell = begin; cell != end; ++cell) write_line(cell_name(cell->row, cell->column) + ": " + cell->text);
        return;
    }
    writer->begin_table();
    for (Place at = begin; at != end;) {
        writer->begin_row();
        const Place next = row_end(at);
        for (std::size_t c = 0; c < columns.size() && at != next; ++c) {
            writer->begin_cell();
            for (; at != next && at->column == columns[c]; ++at) writer->text(at->text);
        }
        at = next;
    }
    writer->end_table();
}

std::string cell_name(std::uint32_t row, std::uint32_t column) {
    std::string letters;
    for (std::uint64_t rest = std::uint64_t{column} + 1; rest > 0; rest = (rest - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    return letters + std::to_string(std::uint64_t{row} + 1);
}

}  // namespace docmind
