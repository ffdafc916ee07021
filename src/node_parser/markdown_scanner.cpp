#include "node_parser/markdown_scanner.hpp"

#include "node_parser/sentence_scanner.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace docmind {
namespace {

using unicode::Range;

/// The lines of a text, one after another, without their ends.
class Lines {
  public:
    explicit Lines(std::string_view text) : text_(text) {}
    [[nodiscard]] bool next(Range* line) {
        if (at_ >= text_.size()) return false;
        const std::size_t stop = std::min(text_.find('\n', at_), text_.size());
        *line = {at_, stop};
        at_ = stop + 1;
        return true;
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Tells which lines are fenced code, asked line by line. A fence that nothing closes goes to the end of the page.
class Fence {
  public:
    enum class Line { outside, opens, inside, closes };
    /// `line` has no white space at its ends.
    [[nodiscard]] Line see(std::string_view line) {
        const char c = line.empty() ? '\0' : line.front();
        const std::size_t length = c == '`' || c == '~' ? std::min(line.find_first_not_of(c), line.size()) : 0;
        if (length_ > 0) {
            if (c != mark_ || length < length_ || length < line.size()) return Line::inside;
            length_ = 0;
            return Line::closes;
        }
        if (length < 3 || (c == '`' && line.substr(length).contains('`'))) return Line::outside;
        mark_ = c;
        length_ = length;
        return Line::opens;
    }

  private:
    char mark_ = '\0';
    std::size_t length_ = 0;  // of the fence that is open
};

std::string_view content(std::string_view text, Range line) {
    const Range visible = unicode::trim(text, line);
    return text.substr(visible.begin, visible.size());
}

/// The level of a line that begins with '#', else 0. `line` has no white space at its ends.
int hash_level(std::string_view line) {
    const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
    const bool is_heading = level >= 1 && level <= 6 && level < line.size() && (line[level] == ' ' || line[level] == '\t');
    return is_heading ? static_cast<int>(level) : 0;
}

std::string_view without_hashes(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of("# \t"), line.size()));
    const std::size_t last = line.find_last_not_of("# \t");
    // "## C#" ends with its own.
    if (last != std::string_view::npos && last + 1 < line.size() && line[last + 1] != '#') line = line.substr(0, last + 1);
    return line;
}

/// 1 for "===", 2 for "---", else 0.
int underline_level(std::string_view line) {
    if (line.size() < 3 || (line[0] != '=' && line[0] != '-') || line.find_first_not_of(line[0]) != std::string_view::npos) return 0;
    return line[0] == '=' ? 1 : 2;
}

/// Collects the blocks of a page from stretches of lines of one kind.
class Collector {
  public:
    Collector(std::string_view text, PageBlocks* blocks) : text_(text), blocks_(blocks) {}

    enum class Kind { prose, table, code };
    void add(Range line, Kind kind, bool begins_block) {
        if (begins_block || kind != kind_) {
            flush();
            kind_ = kind;
            block_.begin = line.begin;
        }
        block_.end = line.end;
        if (kind == Kind::prose) return;
        if (const Range unit = unicode::trim(text_, line); !unit.empty()) blocks_->units.push_back(unit);
    }
    void flush() {
        if (!block_.empty() && kind_ != Kind::prose) blocks_->groups.push_back(block_);
        if (!block_.empty() && kind_ == Kind::prose) {
            for (const Range& sentence : scan_sentences(text_.substr(block_.begin, block_.size())))
                blocks_->units.push_back({sentence.begin + block_.begin, sentence.end + block_.begin});
        }
        block_ = {block_.end, block_.end};
    }

  private:
    std::string_view text_;
    PageBlocks* blocks_;
    Kind kind_ = Kind::prose;
    Range block_;
};

}  // namespace

PageBlocks scan_blocks(std::string_view text, const std::vector<Heading>& starts) {
    using Kind = Collector::Kind;
    PageBlocks blocks;
    Collector collector(text, &blocks);
    Fence fence;
    auto start = starts.begin();
    Lines lines(text);
    for (Range line; lines.next(&line);) {
        const std::string_view visible = content(text, line);
        const Fence::Line fenced = fence.see(visible);
        const Kind kind = fenced != Fence::Line::outside ? Kind::code : is_table_row(visible) ? Kind::table : Kind::prose;
        bool begins_block = fenced == Fence::Line::opens;
        // A section that begins inside the line cuts it.
        for (; start != starts.end() && start->begin < line.end; ++start) {
            if (start->begin > line.begin) collector.add({line.begin, start->begin}, kind, begins_block);
            line.begin = start->begin;
            begins_block = true;
        }
        collector.add(line, kind, begins_block);
        if (fenced == Fence::Line::closes) collector.flush();
    }
    collector.flush();
    return blocks;
}

std::vector<Heading> scan_headings(std::string_view text) {
    std::vector<Heading> headings;
    Fence fence;
    Lines lines(text);
    Range before;                  // the last line
    bool before_is_title = false;  // and nothing but an empty line stands before it
    bool is_empty = true;
    for (Range line; lines.next(&line);) {
        const std::string_view visible = content(text, line);
        const bool is_code = fence.see(visible) != Fence::Line::outside;
        const int level = is_code ? 0 : hash_level(visible);
        const int underline = is_code || !before_is_title ? 0 : underline_level(visible);
        if (level > 0) headings.push_back({static_cast<std::uint32_t>(line.begin), level, std::string(without_hashes(visible))});
        if (underline > 0) headings.push_back({static_cast<std::uint32_t>(before.begin), underline, std::string(content(text, before))});
        const bool may_be_title = !is_code && level == 0 && underline_level(visible) == 0 && !is_table_row(visible);
        before_is_title = is_empty && !visible.empty() && may_be_title;
        is_empty = visible.empty() || level > 0 || underline > 0;
        before = line;
    }
    return headings;
}

bool has_table(std::string_view text) {
    bool after_row = false;
    Lines lines(text);
    for (Range line; lines.next(&line);) {
        const std::string_view visible = content(text, line);
        const bool is_row = is_table_row(visible);
        if (is_row && after_row && visible.find_first_not_of("|-: \t") == std::string_view::npos && visible.contains("--")) return true;
        after_row = is_row;
    }
    return false;
}

}  // namespace docmind
