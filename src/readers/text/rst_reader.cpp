#include "readers/text/rst_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/sniff.hpp"
#include "readers/text/csv_reader.hpp"
#include "readers/text/dates.hpp"
#include "readers/text/rst_inline.hpp"
#include "readers/text/rst_lines.hpp"
#include "readers/text/rst_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t max_lists = 64;

constexpr std::array literal_directives = {"code-block"sv, "code"sv, "sourcecode"sv, "parsed-literal"sv,
                                           "prompt"sv,     "math"sv, "doctest"sv,    "productionlist"sv};
constexpr std::array dropped_directives = {"image"sv,   "contents"sv,      "toctree"sv,   "include"sv,         "literalinclude"sv,
                                           "raw"sv,     "index"sv,         "meta"sv,      "highlight"sv,       "role"sv,
                                           "sectnum"sv, "default-role"sv,  "title"sv,     "unicode"sv,         "target-notes"sv,
                                           "module"sv,  "currentmodule"sv, "py:module"sv, "py:currentmodule"sv};

template <class Words>
bool contains(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

class Reader {
  public:
    Reader(std::string_view text, const ReadOptions& options, PageWriter& writer)
        : lines_(rst_lines(text)), options_(options), writer_(writer) {
        find_substitutions();
    }

    Metadata run() {
        while (at_ < lines_.size()) block();
        close_lists(0, {});
        return std::move(metadata_);
    }

  private:
    struct List {
        std::size_t mark_indent, text_indent;
        bool is_ordered;
    };

    [[nodiscard]] std::size_t indent_of(std::size_t i) const { return std::min(lines_[i].find_first_not_of(' '), lines_[i].size()); }
    [[nodiscard]] bool is_blank(std::size_t i) const { return i >= lines_.size() || lines_[i].empty(); }
    [[nodiscard]] std::string_view content(std::size_t i) const { return std::string_view(lines_[i]).substr(indent_of(i)); }
    [[nodiscard]] std::string plain(std::string_view text) const { return rst_inline(text, substitutions_); }

    void find_substitutions() {
        for (const auto& line : lines_) {
            std::string_view text = trimmed(line);
            if (!text.starts_with(".. |")) continue;
            text.remove_prefix(4);
            const auto name_end = text.find('|');
            const auto kind_end = text.find("::");
            if (name_end == std::string_view::npos || kind_end == std::string_view::npos || kind_end < name_end) continue;
            const bool is_text = trimmed(text.substr(name_end + 1, kind_end - name_end - 1)) == "replace";
            substitutions_[std::string(text.substr(0, name_end))] =
                is_text ? rst_inline(trimmed(text.substr(kind_end + 2)), {}) : std::string();
        }
    }

    void block() {
        if (is_blank(at_)) {
            ++at_;
            return;
        }
        const std::size_t indent = indent_of(at_);
        const std::string_view text = content(at_);
        const RstItemMark mark = rst_item_mark(text);
        close_lists(indent, mark);
        if (indent == 0 && heading()) return;
        if (text == ".." || text.starts_with(".. ") || text.starts_with("__ ")) return explicit_markup(indent);
        if (table_drawn(indent)) return;
        // A transition, or a heading that is none.
        if (is_rst_adornment(text) && text.size() >= 4) {
            writer_.paragraph();
            ++at_;
            return;
        }
        if (mark.length > 0 && mark.length != std::string_view::npos && lists_.size() < max_lists) return item(indent, mark);
        if (text.starts_with(":") && field()) return;
        if (text.starts_with(">>>")) return doctest();
        if (text == "|" || text.starts_with("| ")) return line_block();
        paragraph(indent);
    }

    void close_lists(std::size_t indent, const RstItemMark& mark) {
        while (!lists_.empty() && indent < lists_.back().text_indent) {
            const List& list = lists_.back();
            if (mark.length > 0 && indent == list.mark_indent && mark.is_ordered == list.is_ordered) return;
            writer_.end_list();
            lists_.pop_back();
        }
    }

    bool table_drawn(std::size_t indent) {
        // Where one does not end, none behind it does: looking again and again would take quadratic time.
        if (tables_have_no_end_ && content(at_).starts_with('=')) return false;
        const std::size_t count = rst_table_lines(std::span(lines_).subspan(at_), indent);
        tables_have_no_end_ = tables_have_no_end_ || count == std::string::npos;
        if (count == 0 || count == std::string::npos) return false;
        table(rst_table_rows(std::span(lines_).subspan(at_, count)));
        at_ += count;
        return true;
    }

    bool heading() {
        const bool has_overline =
            is_rst_adornment(lines_[at_]) && at_ + 2 < lines_.size() && !is_blank(at_ + 1) && lines_[at_ + 2] == lines_[at_];
        const std::size_t title = has_overline ? at_ + 1 : at_;
        if (title + 1 >= lines_.size() || (!has_overline && indent_of(title) > 0)) return false;
        const std::string& underline = lines_[title + 1];
        // Shorter than the title it is a mistake, and docutils reads it all the same from four characters on.
        if (!is_rst_adornment(underline) || is_rst_adornment(lines_[title]) ||
            (underline.size() < 4 && underline.size() < lines_[title].size()))
            return false;
        const std::pair kind(underline[0], has_overline);
        auto found = std::ranges::find(kinds_, kind);
        if (found == kinds_.end()) found = kinds_.insert(kinds_.end(), kind);
        const std::string text = plain(trimmed(lines_[title]));
        writer_.begin_heading(static_cast<int>(found - kinds_.begin()) + 1);
        writer_.text(text);
        writer_.end_heading();
        metadata_.try_emplace("title", text);
        at_ = title + 2;
        return true;
    }

    void item(std::size_t indent, const RstItemMark& mark) {
        if (lists_.empty() || indent > lists_.back().mark_indent) {
            writer_.begin_list(mark.is_ordered, mark.number);
            lists_.push_back({indent, 0, mark.is_ordered});
        }
        lists_.back().text_indent = indent + mark.length;
        writer_.begin_item();
        // What stands behind the mark is read like a line of its own.
        lines_[at_].replace(indent, mark.length, mark.length, ' ');
        if (lines_[at_].find_first_not_of(' ') == std::string::npos) lines_[at_].clear();
    }

    /// ":name: value"
    bool field() {
        const std::string_view text = content(at_);
        const auto end = text.find(": ", 1);
        const bool is_last = end == std::string_view::npos && text.ends_with(':') && text.size() > 1;
        if (end == std::string_view::npos && !is_last) return false;
        const std::string_view name = text.substr(1, is_last ? text.size() - 2 : end - 1);
        if (name.empty() || name.find('`') != std::string_view::npos || name.find(':') != std::string_view::npos) return false;
        std::string value = is_last ? std::string() : std::string(trimmed(text.substr(end + 2)));
        const std::size_t indent = indent_of(at_);
        for (++at_; !is_blank(at_) && indent_of(at_) > indent; ++at_) value += " " + std::string(content(at_));
        value = plain(value);
        const std::string key = ascii_lower(name);
        if (key == "author" || key == "authors") metadata_.try_emplace("author", value);
        if (key == "date") {
            if (std::string date = rfc3339(value); !date.empty()) metadata_.try_emplace("created", std::move(date));
        }
        writer_.line_break();
        writer_.text(std::string(name) + ": " + value);
        writer_.line_break();
        return true;
    }

    void doctest() {
        std::string code;
        for (; !is_blank(at_); ++at_) code.append(content(at_)).push_back('\n');
        writer_.preformatted(code);
    }

    void line_block() {
        writer_.paragraph();
        for (; !is_blank(at_) && content(at_).starts_with('|'); ++at_) {
            writer_.text(plain(trimmed(content(at_).substr(1))));
            writer_.line_break();
        }
        writer_.paragraph();
    }

    void paragraph(std::size_t indent) {
        std::string text(content(at_));
        // A line with a deeper one below it is a term.
        const bool is_term = !is_blank(at_ + 1) && indent_of(at_ + 1) > indent;
        for (++at_; !is_term && !is_blank(at_) && indent_of(at_) == indent; ++at_) text.append(" ").append(content(at_));
        const bool announces_literal = text.ends_with("::");
        if (announces_literal) text.resize(text.size() - (text == "::" || text.ends_with(" ::") ? 2 : 1));
        writer_.text(plain(text));
        if (is_term && !announces_literal) {
            writer_.line_break();
        } else {
            writer_.paragraph();
        }
        if (announces_literal) literal(indent);
    }

    /// The lines deeper than `indent` as they stand.
    void literal(std::size_t indent) {
        const auto [begin, end] = below(indent);
        std::size_t least = std::string::npos;
        for (std::size_t i = begin; i < end; ++i) {
            if (!is_blank(i)) least = std::min(least, indent_of(i));
        }
        std::string code;
        for (std::size_t i = begin; i < end; ++i) code.append(is_blank(i) ? "" : lines_[i].substr(least)).push_back('\n');
        writer_.preformatted(code);
        at_ = end;
    }

    /// From here: the lines that are empty or deeper than `indent`.
    [[nodiscard]] std::pair<std::size_t, std::size_t> below(std::size_t indent) const {
        std::size_t end = at_;
        while (end < lines_.size() && (is_blank(end) || indent_of(end) > indent)) ++end;
        return {at_, end};
    }

    void explicit_markup(std::size_t indent) {
        std::string_view text = content(at_);
        text.remove_prefix(std::min<std::size_t>(text.size(), 3));
        if (text.starts_with('[') && text.find(']') != std::string_view::npos) {
            lines_[at_].replace(indent, 3, "   ");  // a footnote
            return;
        }
        const auto colons = text.find("::");
        const std::string name = colons == std::string_view::npos ? std::string() : ascii_lower(text.substr(0, colons));
        const bool is_directive = !name.empty() && name.find_first_of(" |`_") == std::string::npos;
        const std::string argument = is_directive ? std::string(trimmed(text.substr(colons + 2))) : std::string();
        ++at_;
        if (is_directive && !contains(dropped_directives, name)) return directive(indent, name, argument);
        // An empty comment keeps what follows apart from what was before.
        if (text.empty() && is_blank(at_)) return writer_.paragraph();
        at_ = below(indent).second;
    }

    void directive(std::size_t indent, const std::string& name, const std::string& argument) {
        std::string head;
        while (!is_blank(at_) && indent_of(at_) > indent && content(at_).starts_with(':')) {
            if (content(at_).starts_with(":header: ")) head = content(at_).substr(9);
            ++at_;
        }
        if (contains(literal_directives, name)) {
            if (name == "math" && !argument.empty()) writer_.preformatted(argument);
            return literal(indent);
        }
        const bool is_figure = name == "figure";
        const bool is_table = name == "list-table" || name == "csv-table";
        writer_.paragraph();
        if (!argument.empty() && !is_figure) writer_.text(plain(argument));
        // ".. note:: It goes on" in the next line.
        if (argument.empty() || is_table || is_blank(at_)) {
            writer_.paragraph();
        } else {
            writer_.space();
        }
        if (!is_table) return;  // what is in it is read like any other text
        const auto [begin, end] = below(indent);
        const auto inside = std::span(lines_).subspan(begin, end - begin);
        if (name == "list-table") {
            table(rst_list_table_rows(inside));
        } else {
            std::string csv = head.empty() ? "" : head + "\n";
            for (const auto& line : inside) csv.append(trimmed(line)).push_back('\n');
            read_csv_into(csv, "text/csv", options_, writer_);
        }
        at_ = end;
    }

    void table(RstRows rows) {
        for (auto& row : rows) {
            for (auto& cell : row) cell = plain(cell);
        }
        writer_.table(rows);
    }

    std::vector<std::string> lines_;
    const ReadOptions& options_;
    PageWriter& writer_;
    std::size_t at_ = 0;
    bool tables_have_no_end_ = false;
    std::vector<List> lists_;
    std::vector<std::pair<char, bool>> kinds_;  // of headings: underline and whether there is an overline, highest first
    RstSubstitutions substitutions_;
    Metadata metadata_;
};

}  // namespace

Metadata read_rst_into(std::string_view text, const ReadOptions& options, PageWriter& writer) {
    return Reader(text, options, writer).run();
}

}  // namespace docmind
