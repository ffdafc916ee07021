#include "readers/text/rst_table.hpp"

#include "readers/utf8.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace docmind {

namespace {

constexpr std::size_t max_columns = 200;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Columns of a terminal that a character takes.
std::size_t width_of(char32_t c) {
    if (c >= 0x300 && c < 0x370) return 0;
    const bool is_wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) || (c >= 0xAC00 && c < 0xD7A4) ||
                         (c >= 0xF900 && c < 0xFB00) || (c >= 0xFE30 && c < 0xFE70) || (c >= 0xFF00 && c < 0xFF61) ||
                         (c >= 0x1F300 && c < 0x1FB00) || c >= 0x20000;
    return is_wide ? 2 : 1;
}

/// The byte at which each column begins, so that a line can be cut by columns.
class Columns {
  public:
    explicit Columns(std::string_view line) : line_(line) {
        for (std::size_t i = 0; i < line.size();) {
            const auto [c, length] = utf8::decode(line.substr(i));
            for (std::size_t w = width_of(c); w > 0; --w) starts_.push_back(i);
            i += length;
        }
        starts_.push_back(line.size());
    }
    [[nodiscard]] std::string_view cut(std::size_t begin, std::size_t end) const {
        const std::size_t from = starts_[std::min(begin, starts_.size() - 1)];
        return line_.substr(from, starts_[std::min(end, starts_.size() - 1)] - from);
    }
    [[nodiscard]] char at(std::size_t column) const { return column + 1 < starts_.size() ? line_[starts_[column]] : ' '; }
    [[nodiscard]] std::size_t size() const { return starts_.size() - 1; }

  private:
    std::string_view line_;
    std::vector<std::size_t> starts_;
};

bool is_grid_border(std::string_view line) {
    return line.size() >= 3 && line.starts_with('+') && line.ends_with('+') && line.find_first_not_of("+-=") == std::string_view::npos;
}

bool is_simple_border(std::string_view line) {
    return line.starts_with("==") && line.find_first_not_of("= ") == std::string_view::npos && line.find(" =") != std::string_view::npos;
}

void add(std::string& cell, std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return;
    if (!cell.empty()) cell.push_back(' ');
    cell.append(text);
}

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

RstRows grid_rows(std::span<const std::string> lines) {
    std::set<std::size_t> edges;
    const std::size_t indent = indent_of(lines.front());
    for (const auto& line : lines) {
        if (!is_grid_border(trimmed(line))) continue;
        for (std::size_t i = indent; i < line.size() && edges.size() <= max_columns; ++i) {
            if (line[i] == '+') edges.insert(i);
        }
    }
    const std::vector<std::size_t> columns(edges.begin(), edges.end());
    RstRows rows;
    std::vector<std::string> row(columns.size() - 1);
    for (const auto& line : lines.subspan(1)) {
        const Columns cells(line);
        // Where a cell reaches over several rows, only a part of the line is a border.
        const bool is_border = line.find("+--") != std::string::npos || line.find("+==") != std::string::npos;
        for (std::size_t c = 0; c + 1 < columns.size();) {
            std::size_t end = c + 1;
            while (end + 1 < columns.size() && cells.at(columns[end]) != '|' && cells.at(columns[end]) != '+') ++end;
            const std::string_view text = cells.cut(columns[c] + 1, columns[end]);
            if (text.find_first_not_of("-=+") != std::string_view::npos) add(row[c], text);
            c = end;
        }
        if (!is_border) continue;
        rows.push_back(row);
        row.assign(row.size(), {});
    }
    return rows;
}

RstRows simple_rows(std::span<const std::string> lines) {
    std::vector<std::size_t> columns;
    const std::string& border = lines.front();
    for (std::size_t i = 0; i < border.size() && columns.size() < max_columns; ++i) {
        if (border[i] == '=' && (i == 0 || border[i - 1] == ' ')) columns.push_back(i);
    }
    RstRows rows;
    for (const auto& line : lines.subspan(1)) {
        const std::string_view text = trimmed(line);
        if (text.empty() || text.find_first_not_of("= ") == std::string_view::npos ||
            text.find_first_not_of("- ") == std::string_view::npos)
            continue;
        const Columns cells(line);
        // A row whose first cell is empty goes on with the one before.
        if (rows.empty() || !trimmed(cells.cut(columns[0], columns[1])).empty()) rows.emplace_back(columns.size());
        for (std::size_t c = 0; c < columns.size(); ++c) {
            std::size_t end = c + 1 < columns.size() ? columns[c + 1] : cells.size();
            // Text that fills the gap before the next column belongs to a cell over both.
            std::size_t next = c + 1;
            while (next < columns.size() && cells.at(columns[next] - 1) != ' ')
                end = ++next < columns.size() ? columns[next] : cells.size();
            add(rows.back()[c], cells.cut(columns[c], end));
            c = next - 1;
        }
    }
    return rows;
}

}  // namespace

std::size_t rst_table_lines(std::span<const std::string> lines, std::size_t indent) {
    const std::string_view first = trimmed(lines.front());
    if (is_grid_border(first)) {
        std::size_t count = 1, last_border = 0;
        for (; count < lines.size(); ++count) {
            const std::string& line = lines[count];
            if (indent_of(line) != indent || (line[indent] != '|' && line[indent] != '+')) break;
            if (is_grid_border(trimmed(line))) last_border = count;
        }
        return last_border > 0 ? last_border + 1 : 0;
    }
    if (!is_simple_border(first)) return 0;
    // The second or, with a head, the third border ends it: the one that an empty line follows.
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::string_view line = trimmed(lines[i]);
        if (!line.empty() && indent_of(lines[i]) < indent) return 0;
        if (!is_simple_border(line)) continue;
        if (i + 1 == lines.size() || trimmed(lines[i + 1]).empty()) return i + 1;
    }
    return std::string::npos;
}

RstRows rst_table_rows(std::span<const std::string> lines) {
    return trimmed(lines.front()).starts_with('+') ? grid_rows(lines) : simple_rows(lines);
}

RstRows rst_list_table_rows(std::span<const std::string> lines) {
    RstRows rows;
    for (const auto& line : lines) {
        std::string_view text = trimmed(line);
        const bool begins_row = text.starts_with("* ") || text == "*";
        if (begins_row) {
            rows.emplace_back();
            text = trimmed(text.substr(1));
        }
        if (rows.empty()) continue;
        if (text.starts_with("- ") || text == "-") {
            rows.back().emplace_back();
            text.remove_prefix(1);
        }
        if (rows.back().empty()) rows.back().emplace_back();
        add(rows.back().back(), text);
    }
    return rows;
}

}  // namespace docmind
