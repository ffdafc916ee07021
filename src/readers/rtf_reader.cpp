#include "readers/rtf_reader.hpp"

#include "readers/dates.hpp"
#include "readers/office_metadata.hpp"
#include "readers/page_flow.hpp"
#include "readers/page_output.hpp"
#include "readers/rtf_text.hpp"
#include "readers/rtf_tokens.hpp"
#include "readers/sniff.hpp"
#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t max_groups = 4096;  // within each other
constexpr std::size_t max_mark = 32;
constexpr int max_level = 8;
constexpr std::size_t max_columns = 256;
constexpr int edge_tolerance = 20;

enum class Destination { body, skipped, fonts, styles, info, time, list_text, note, box };

/// Groups whose text is not the document's, besides all that begin with \* and are not known.
constexpr std::array skipped_groups = {
    "colortbl"sv, "pict"sv,    "objdata"sv,  "objclass"sv,     "objname"sv,    "header"sv,  "headerl"sv,   "headerr"sv,
    "headerf"sv,  "footer"sv,  "footerl"sv,  "footerr"sv,      "footerf"sv,    "fldinst"sv, "xe"sv,        "tc"sv,
    "filetbl"sv,  "sp"sv,      "shprslt"sv,  "private"sv,      "template"sv,   "rxe"sv,     "txe"sv,       "ftnsep"sv,
    "ftnsepc"sv,  "aftnsep"sv, "aftnsepc"sv, "nonesttables"sv, "nonshppict"sv, "atnid"sv,   "atnauthor"sv, "annotation"sv};

struct Spelled {
    std::string_view word, text;
};
constexpr std::array spelled = {Spelled{"emdash", "\u2014"}, Spelled{"endash", "\u2013"},    Spelled{"lquote", "\u2018"},
                                Spelled{"rquote", "\u2019"}, Spelled{"ldblquote", "\u201C"}, Spelled{"rdblquote", "\u201D"},
                                Spelled{"bullet", "\u2022"}, Spelled{"tab", "\t"},           Spelled{"emspace", " "},
                                Spelled{"enspace", " "},     Spelled{"qmspace", " "},        Spelled{"line", "\n"},
                                Spelled{"lbr", "\n"},        Spelled{"column", "\n"}};

struct ParagraphStyle {
    int heading = 0;
};

/// What a group can change, and what is as before at its end.
struct Group {
    Destination destination = Destination::body;
    std::string info;  // which fact
    int font = -1;
    int skipped_after_unit = 1;  // \uc
    bool is_hidden = false;
};

class RtfReader {
  public:
    RtfReader(const ReadOptions& options, const DocumentSink& sink)
        : sink_(&sink), output_(options, sink), flow_(&output_, [this] { write_notes(); }) {}

    void run(std::string_view rtf) {
        RtfTokens tokens(rtf);
        while (const auto token = tokens.next()) take(*token);
        end_of_paragraph();
        end_table();
        close_lists();
        flow_.finish();
        output_.finish("document");
    }

  private:
    struct Row {
        bool is_open = false, cell_is_open = false;
        std::size_t cells = 0;
    };

    void take(const RtfToken& token) {
        using Kind = RtfToken::Kind;
        const bool is_character = token.kind == Kind::byte || token.kind == Kind::word || token.kind == Kind::symbol;
        if (token.kind == Kind::open || token.kind == Kind::close) {
            left_out_ = 0;
        } else if (left_out_ > 0 && is_character) {
            // Stands for the character that \u gave, for programs that know no \u.
            --left_out_;
            if (token.kind == Kind::byte) return;
        }
        switch (token.kind) {
            case Kind::open:
                if (groups_.size() >= max_groups)
                    throw Error(errc::corrupt, "This RTF document is damaged: its groups nest deeper than 4096.");
                flush();
                groups_.push_back(group());
                is_ignorable_ = false;
                break;
            case Kind::close: close(); break;
            case Kind::word: word(token); break;
            case Kind::symbol: symbol(token.text.front()); break;
            case Kind::byte: put_byte(static_cast<char>(*token.number)); break;
            case Kind::text: text(token.text); break;
        }
    }

    Group& group() { return groups_.back(); }

    void text(std::string_view bytes) {
        const std::size_t left_out = std::min(bytes.size(), static_cast<std::size_t>(left_out_));
        left_out_ -= static_cast<int>(left_out);
        for (const char byte : bytes.substr(left_out)) put_byte(byte);
    }

    void put_byte(char byte) {
        decoder_.add(byte, decoder_.code_page_of(group().destination == Destination::info ? -1 : group().font), target());
    }

    /// Where text of this group goes.
    std::string* target() {
        dropped_.clear();
        if (group().is_hidden) return &dropped_;
        switch (group().destination) {
            case Destination::body: return &paragraph_;
            case Destination::list_text: return &mark_;
            case Destination::note: return &notes_;
            case Destination::box: return &box_;
            case Destination::styles: return &style_name_;
            case Destination::info: return &info_[group().info];
            default: return &dropped_;
        }
    }

    void flush() { decoder_.flush(target()); }

    void put(std::string_view characters) {
        flush();
        target()->append(characters);
    }

    void symbol(char c) {
        if (c == '*') {
            is_ignorable_ = true;
        } else if (c == '~') {
            put(" ");
        } else if (c == '_') {
            put("-");
        } else if (c == '\\' || c == '{' || c == '}') {
            put_byte(c);
        } else if (c == '\r' || c == '\n') {
            end_of_paragraph();
        } else if (c == '\t') {
            put("\t");
        }
    }

    void close() {
        flush();
        const Destination ended = group().destination;
        const std::string fact = group().info;
        if (groups_.size() > 1) groups_.pop_back();
        const Destination now = group().destination;
        if (ended == Destination::styles && now == Destination::styles) end_style();
        if (ended == Destination::time && now != Destination::time) end_time(fact);
        if (ended == Destination::note && now != Destination::note) notes_.push_back('\n');
        if (ended == Destination::box && now != Destination::box) box_.push_back('\n');
    }

    void word(const RtfToken& token) {
        const std::string_view name = token.text;
        const bool is_ignorable = std::exchange(is_ignorable_, false);
        if (enter_destination(name, is_ignorable)) return;
        const int number = token.number.value_or(1);
        if (name == "u" && token.number) {
            decoder_.add_unit(number, target());
            left_out_ = group().skipped_after_unit;
            return;
        }
        for (const Spelled& character : spelled) {
            if (character.word == name) put(character.text);
        }
        if (group().destination == Destination::fonts) {
            font_word(name, number);
        } else if (group().destination == Destination::styles) {
            style_word(name, number);
        } else if (group().destination == Destination::time) {
            time_[std::string(name)] = number;
        } else {
            character_word(name, number, token.number.has_value());
            if (group().destination == Destination::body) body_word(name, number);
            if (name == "par" && (group().destination == Destination::note || group().destination == Destination::box)) put("\n");
        }
    }

    /// Whether the word begins a group of another kind.
    bool enter_destination(std::string_view name, bool is_ignorable) {
        if (group().destination == Destination::skipped) return true;
        Group& now = group();
        const auto enter = [&](Destination destination) {
            flush();
            now.destination = destination;
            return true;
        };
        if (name == "fonttbl") return enter(Destination::fonts);
        if (name == "stylesheet") return enter(Destination::styles);
        if (name == "listtext" || name == "pntext") return enter(Destination::list_text);
        if (name == "shptxt") return enter(Destination::box);
        if (name == "footnote" && now.destination == Destination::body) {
            const std::string mark = "[" + std::to_string(++note_count_) + "]";
            put(mark);
            enter(Destination::note);
            notes_.append(mark).push_back(' ');
            return true;
        }
        constexpr std::array facts = {"title"sv, "author"sv, "subject"sv, "keywords"sv, "doccomm"sv};
        if (name == "info") {
            now.info = "other";
            return enter(Destination::info);
        }
        if (now.destination == Destination::info) {
            // The group's first word says which fact it is.
            if (now.info != "other") return false;
            now.info = name;
            if (name == "creatim" || name == "revtim") {
                time_.clear();
                return enter(Destination::time);
            }
            if (std::ranges::find(facts, name) == facts.end()) now.info = "other";
            return true;
        }
        if (std::ranges::find(skipped_groups, name) != skipped_groups.end()) return enter(Destination::skipped);
        const bool is_known = name == "shpinst" || name == "cs" || name == "shppict" || name == "ts" || name == "ds" || name == "fldrslt";
        if (is_ignorable && !is_known) return enter(Destination::skipped);
        return false;
    }

    void font_word(std::string_view name, int number) {
        if (name == "f") font_ = number;
        if (name == "fcharset") decoder_.set_charset(font_, number);
        if (name == "cpg" && number > 0) decoder_.set_font_code_page(font_, number);
    }

    void style_word(std::string_view name, int number) {
        if (name == "s") style_ = number;
        if (name == "cs" || name == "ts" || name == "ds") style_ = -1;
        if (name == "outlinelevel" && number < max_level + 1) new_style_.heading = number + 1;
    }

    void end_style() {
        const std::string name = ascii_lower(style_name_.substr(0, style_name_.find(';')));
        if (name.starts_with("heading ") && name.size() == 9 && name[8] >= '1' && name[8] <= '9') new_style_.heading = name[8] - '0';
        if (name == "title") new_style_.heading = 1;
        if (style_ >= 0) styles_[style_] = new_style_;
        new_style_ = {};
        style_ = 0;
        style_name_.clear();
    }

    void end_time(const std::string& fact) {
        const auto part = [this](const char* name) {
            const auto found = time_.find(name);
            return found == time_.end() ? 0 : std::clamp(found->second, 0, 9999);
        };
        if (part("yr") == 0) return;
        info_[fact == "creatim" ? "created" : "modified"] = rfc3339(
            fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", part("yr"), part("mo"), part("dy"), part("hr"), part("min"), part("sec")));
    }

    /// What concerns characters, wherever they stand.
    void character_word(std::string_view name, int number, bool has_number) {
        if (name == "ansicpg") {
            decoder_.set_code_page(number);
        } else if (name == "mac") {
            decoder_.set_code_page(10000);
        } else if (name == "pc") {
            decoder_.set_code_page(437);
        } else if (name == "pca") {
            decoder_.set_code_page(850);
        } else if (name == "deff") {
            decoder_.set_default_font(number);
        } else if (name == "f" && has_number) {
            group().font = number;
        } else if (name == "uc") {
            group().skipped_after_unit = std::clamp(number, 0, 64);
        } else if (name == "v" || name == "deleted") {
            flush();
            group().is_hidden = number != 0;
        } else if (name == "plain") {
            flush();
            group().is_hidden = false;
            group().font = -1;
        }
    }

    void body_word(std::string_view name, int number) {
        if (name == "par") {
            end_of_paragraph();
        } else if (name == "pard") {
            flush();
            is_in_table_ = false;
            is_nested_ = false;
            begins_page_ = false;
            heading_ = level_ = 0;
        } else if (name == "s") {
            const auto style = styles_.find(number);
            heading_ = style == styles_.end() ? 0 : style->second.heading;
        } else if (name == "outlinelevel") {
            heading_ = number >= 0 && number <= max_level ? number + 1 : 0;
        } else if (name == "ilvl") {
            level_ = std::clamp(number, 0, max_level);
        } else if (name == "pagebb") {
            begins_page_ = number != 0;
        } else if (name == "intbl") {
            is_in_table_ = true;
        } else if (name == "itap") {
            is_in_table_ = number > 0;
            is_nested_ = number > 1;
        } else if (name == "page") {
            break_page(true);
        } else if (name == "softpage") {
            break_page(false);
        } else if (name == "sect") {
            end_of_paragraph();
            section_begins_page_ = section_is_due_ = true;
        } else if (name == "sectd") {
            section_begins_page_ = true;
        } else if (name == "sbknone" || name == "sbkcol") {
            section_begins_page_ = false;
        } else {
            table_word(name, number);
        }
    }

    void table_word(std::string_view name, int number) {
        if (name == "trowd") row_edges_.clear();
        if (name == "cellx" && row_edges_.size() < max_columns) {
            row_edges_.push_back(std::clamp(number, -100'000, 100'000));
            if (row_edges_.size() > grid_.size()) grid_ = row_edges_;
        }
        if (name == "cell") {
            flush();
            is_in_table_ = true;
            begin_cell();
            end_paragraph();
            row_.cell_is_open = false;
        } else if (name == "nestcell" || name == "nestrow") {
            put(" ");
        } else if (name == "row") {
            flush();
            if (!row_.is_open) return;
            flow_.end_row();
            row_ = {};
        }
    }

    void break_page(bool is_hard) {
        flush();
        if (!paragraph_.empty()) end_paragraph();
        begin_document();
        begin_section();
        if (is_hard) {
            flow_.hard_break();
        } else {
            flow_.soft_break();
        }
    }

    void begin_section() {
        if (std::exchange(section_is_due_, false) && section_begins_page_) flow_.hard_break();
    }

    void begin_document() {
        if (std::exchange(has_begun_, true)) return;
        Metadata metadata;
        for (const auto& [fact, value] : info_) {
            if (fact != "other") put_fact(&metadata, fact == "doccomm" ? "description" : fact, value);
        }
        sink_->document("application/rtf", std::move(metadata));
    }

    void end_of_paragraph() {
        flush();
        end_paragraph();
    }

    void begin_cell() {
        if (!std::exchange(table_is_open_, true)) {
            close_lists();
            flow_.begin_table();
        }
        if (!std::exchange(row_.is_open, true)) flow_.begin_row();
        if (!std::exchange(row_.cell_is_open, true)) flow_.begin_cell(columns_of(row_.cells++));
    }

    /// How many columns of the table a cell takes: a cell is as wide as its edges say, and the row with most cells says where columns are.
    [[nodiscard]] int columns_of(std::size_t cell) const {
        if (cell >= row_edges_.size()) return 1;
        const int left = cell == 0 ? std::numeric_limits<int>::min() : row_edges_[cell - 1] + edge_tolerance;
        const int right = row_edges_[cell] + edge_tolerance;
        return std::max(1, static_cast<int>(std::ranges::count_if(grid_, [=](int edge) { return edge > left && edge <= right; })));
    }

    void end_table() {
        if (!std::exchange(table_is_open_, false)) return;
        row_ = {};
        grid_.clear();
        flow_.end_table();
    }

    void set_lists(std::size_t depth) {
        for (; lists_ > depth; --lists_) flow_.writer().end_list();
        for (; lists_ < depth; ++lists_) flow_.writer().begin_list(false);
    }
    void close_lists() { set_lists(0); }

    /// Writes the paragraph that was gathered.
    void end_paragraph() {
        begin_document();
        std::string text = std::exchange(paragraph_, {});
        std::string mark = list_mark(std::exchange(mark_, {}), &text);
        const bool has_text = text.find_first_not_of(" \t\n") != std::string::npos;
        if (has_text) begin_section();
        if (is_in_table_ || is_nested_) {
            begin_cell();
            write_lines(text);
            flow_.writer().paragraph();
        } else if (has_text || !mark.empty()) {
            end_table();
            if (begins_page_) flow_.soft_break();
            write_block(mark, text);
        }
        const std::string box = std::exchange(box_, {});
        if (!box.empty()) write_lines(box);
        flow_.writer().paragraph();
    }

    void write_block(const std::string& mark, const std::string& text) {
        if (heading_ > 0) {
            close_lists();
            flow_.begin_heading(heading_);
            if (!mark.empty() && mark != "-") flow_.text(mark + " ");
            write_lines(text);
            flow_.end_heading();
            return;
        }
        set_lists(mark.empty() ? 0 : static_cast<std::size_t>(level_) + 1);
        flow_.writer().paragraph();
        if (!mark.empty()) flow_.writer().begin_item(mark);
        write_lines(text);
    }

    void write_lines(std::string_view text) {
        while (!text.empty()) {
            const auto end = text.find('\n');
            flow_.text(text.substr(0, end));
            if (end == std::string_view::npos) return;
            flow_.writer().line_break();
            text.remove_prefix(end + 1);
        }
    }

    /// "-" for a bullet, "1." and the like as it stands. Where the program wrote no mark apart, one that the text itself begins with is
    /// taken off it: a bullet, or a number before a tab.
    static std::string list_mark(std::string_view mark, std::string* text) {
        const auto trim = [](std::string_view part) {
            const auto begin = part.find_first_not_of(" \t\n");
            return begin == std::string_view::npos ? std::string_view() : part.substr(begin, part.find_last_not_of(" \t\n") - begin + 1);
        };
        mark = trim(mark);
        if (!mark.empty()) {
            const bool is_number = std::ranges::any_of(mark, [](unsigned char c) { return std::isalnum(c) != 0; }) && mark != "o";
            return is_number && mark.size() <= max_mark ? std::string(mark) : "-";
        }
        constexpr std::string_view bullet = "\u2022";
        const std::string_view line = trim(*text);
        const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
        const bool is_number = digits > 0 && digits < 4 && (line.substr(digits, 2) == ".\t" || line.substr(digits, 2) == ")\t");
        std::string found = line.starts_with(bullet) ? "-" : std::string(line.substr(0, is_number ? digits + 1 : 0));
        if (!found.empty()) *text = std::string(line.substr(is_number ? digits + 1 : bullet.size()));
        return found;
    }

    void write_notes() {
        if (notes_.empty()) return;
        flow_.writer().paragraph();
        write_lines(std::exchange(notes_, {}));
    }

    const DocumentSink* sink_;
    PageOutput output_;
    PageFlow flow_;
    RtfDecoder decoder_;
    std::vector<Group> groups_{1};
    int left_out_ = 0;
    bool is_ignorable_ = false;

    std::map<int, ParagraphStyle> styles_;
    ParagraphStyle new_style_;
    std::string style_name_;
    int style_ = 0;
    int font_ = 0;
    std::map<std::string, std::string> info_;
    std::map<std::string, int> time_;
    bool has_begun_ = false;

    std::string paragraph_, mark_, notes_, box_, dropped_;
    int heading_ = 0;
    int level_ = 0;
    int note_count_ = 0;
    bool begins_page_ = false;
    bool is_in_table_ = false;
    bool is_nested_ = false;
    bool table_is_open_ = false;
    bool section_is_due_ = false;
    bool section_begins_page_ = true;
    Row row_;
    std::vector<int> row_edges_, grid_;  // where cells end, of the row and of the table, in twips
    std::size_t lists_ = 0;
};

}  // namespace

void read_rtf(std::string_view bytes, const ReadOptions& options, const DocumentSink& sink) {
    RtfReader(options, sink).run(bytes);
}

}  // namespace docmind
