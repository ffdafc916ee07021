#include "readers/office/rtf_reader.hpp"

#include "readers/office/office_metadata.hpp"
#include "readers/office/rtf_blocks.hpp"
#include "readers/office/rtf_text.hpp"
#include "readers/office/rtf_tokens.hpp"
#include "readers/page_output.hpp"
#include "readers/sniff.hpp"
#include "readers/text/dates.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_groups = 4096;  // within each other
constexpr int max_level = 8;

enum class Destination { body, skipped, fonts, styles, info, time, list_text, note, box };

/// Groups whose text is not the document's, besides all that begin with \* and are not known.
constexpr std::string_view skipped_groups =
    " colortbl pict objdata objclass objname header headerl headerr headerf footer footerl footerr footerf fldinst xe tc rxe txe filetbl "
    "sp "
    "shprslt private template ftnsep ftnsepc aftnsep aftnsepc nonesttables nonshppict atnid atnauthor annotation ";
/// Groups that begin with \* and are looked into.
constexpr std::string_view known_groups = " shpinst shppict cs ts ds fldrslt ";
constexpr std::string_view facts = " title author subject keywords doccomm creatim revtim ";

bool is_in(std::string_view list, std::string_view word) {
    return list.find(" " + std::string(word) + " ") != std::string_view::npos;
}

struct Spelled {
    std::string_view word, text;
};
constexpr std::array spelled = {
    Spelled{"emdash", "\u2014"},    Spelled{"endash", "\u2013"},    Spelled{"lquote", "\u2018"}, Spelled{"rquote", "\u2019"},
    Spelled{"ldblquote", "\u201C"}, Spelled{"rdblquote", "\u201D"}, Spelled{"bullet", "\u2022"}, Spelled{"tab", "\t"},
    Spelled{"emspace", " "},        Spelled{"enspace", " "},        Spelled{"qmspace", " "},     Spelled{"line", "\n"},
    Spelled{"lbr", "\n"},           Spelled{"column", "\n"},        Spelled{"nestcell", " "},    Spelled{"nestrow", " "}};

/// What a group can change, and what is as before at its end.
struct Group {
    Destination destination = Destination::body;
    std::string fact;  // of the info group
    int font = -1;
    int skipped_after_unit = 1;  // \uc
    bool is_hidden = false;
};

class RtfReader {
  public:
    RtfReader(const ReadOptions& options, const DocumentSink& sink) : sink_(&sink), output_(options, sink), blocks_(&output_) {}

    void run(std::string_view rtf) {
        RtfTokens tokens(rtf);
        while (const auto token = tokens.next()) take(*token);
        end_paragraph();
        blocks_.finish();
        output_.finish("document");
    }

  private:
    Group& group() { return groups_.back(); }

    void take(const RtfToken& token) {
        using Kind = RtfToken::Kind;
        const bool is_group = token.kind == Kind::open || token.kind == Kind::close;
        if (is_group) {
            left_out_ = 0;
        } else if (left_out_ > 0 && token.kind != Kind::text) {
            // Stands for the character that \u gave, for programs that know no \u.
            --left_out_;
            if (token.kind == Kind::byte) return;
        }
        switch (token.kind) {
            case Kind::open: open(); break;
            case Kind::close: close(); break;
            case Kind::word: word(token.text, token.number); break;
            case Kind::symbol: symbol(token.text.front()); break;
            case Kind::byte: put_byte(static_cast<char>(*token.number)); break;
            case Kind::text: text(token.text); break;
        }
    }

    void text(std::string_view bytes) {
        const std::size_t left_out = std::min(bytes.size(), static_cast<std::size_t>(left_out_));
        left_out_ -= static_cast<int>(left_out);
        for (const char byte : bytes.substr(left_out)) put_byte(byte);
    }

    void put_byte(char byte) { decoder_.add(byte, decoder_.code_page_of(group().font), target()); }

    void put(std::string_view characters) {
        flush();
        target()->append(characters);
    }

    void flush() { decoder_.flush(target()); }

    /// Where text of this group goes.
    std::string* target() {
        dropped_.clear();
        if (group().is_hidden) return &dropped_;
        switch (group().destination) {
            case Destination::body: return &paragraph_text_;
            case Destination::list_text: return &mark_;
            case Destination::note: return &note_;
            case Destination::box: return &box_;
            case Destination::styles: return &style_name_;
            case Destination::info: return &info_[group().fact];
            default: return &dropped_;
        }
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
            word("par", {});
        } else if (c == '\t') {
            put("\t");
        }
    }

    void open() {
        if (groups_.size() >= max_groups) throw Error(errc::corrupt, "This RTF document is damaged: its groups nest deeper than 4096.");
        flush();
        groups_.push_back(group());
        is_ignorable_ = false;
    }

    void close() {
        flush();
        const Group ended = group();
        if (groups_.size() > 1) groups_.pop_back();
        const Destination now = group().destination;
        if (ended.destination == Destination::styles && now == Destination::styles) end_style();
        if (ended.destination == now) return;
        if (ended.destination == Destination::time) end_time(ended.fact);
        if (ended.destination == Destination::note) blocks_.note(std::exchange(note_, {}));
        if (ended.destination == Destination::box) blocks_.box(std::exchange(box_, {}));
    }

    void word(std::string_view name, std::optional<int> argument) {
        const bool is_ignorable = std::exchange(is_ignorable_, false);
        if (group().destination == Destination::skipped || enter_destination(name, is_ignorable)) return;
        const int number = argument.value_or(1);
        if (name == "u" && argument) {
            decoder_.add_unit(number, target());
            left_out_ = group().skipped_after_unit;
            return;
        }
        for (const Spelled& character : spelled) {
            if (character.word == name) put(character.text);
        }
        switch (group().destination) {
            case Destination::fonts: font_word(name, number); break;
            case Destination::styles: style_word(name, number); break;
            case Destination::time: time_[std::string(name)] = number; break;
            default:
                character_word(name, number, argument.has_value());
                if (group().destination == Destination::body)
                    body_word(name, number);
                else if (name == "par")
                    put("\n");
        }
    }

    /// Whether the word begins a group of another kind.
    bool enter_destination(std::string_view name, bool is_ignorable) {
        const auto enter = [this](Destination destination) {
            flush();
            group().destination = destination;
            return true;
        };
        if (name == "fonttbl") return enter(Destination::fonts);
        if (name == "stylesheet") return enter(Destination::styles);
        if (name == "listtext" || name == "pntext") return enter(Destination::list_text);
        if (name == "shptxt") return enter(Destination::box);
        if (name == "footnote" && group().destination == Destination::body) {
            const std::string mark = "[" + std::to_string(++note_count_) + "]";
            put(mark);
            note_ = mark + " ";
            return enter(Destination::note);
        }
        if (name == "info") return enter(Destination::info);
        if (group().destination == Destination::info && group().fact.empty()) {
            // The group's first word says which fact it is.
            flush();
            group().fact = is_in(facts, name) ? name : "other";
            if (name != "creatim" && name != "revtim") return true;
            time_.clear();
            return enter(Destination::time);
        }
        const bool is_skipped = is_in(skipped_groups, name) || (is_ignorable && !is_in(known_groups, name));
        return is_skipped && enter(Destination::skipped);
    }

    void font_word(std::string_view name, int number) {
        if (name == "f") font_ = number;
        if (name == "fcharset") decoder_.set_charset(font_, number);
        if (name == "cpg" && number > 0) decoder_.set_font_code_page(font_, number);
    }

    void style_word(std::string_view name, int number) {
        if (name == "s") style_ = number;
        if (name == "cs" || name == "ts" || name == "ds") style_ = -1;
        if (name == "outlinelevel" && number >= 0 && number <= max_level) style_heading_ = number + 1;
    }

    void end_style() {
        const std::string name = ascii_lower(style_name_.substr(0, style_name_.find(';')));
        if (name.starts_with("heading ") && name.size() == 9 && name[8] >= '1' && name[8] <= '9') style_heading_ = name[8] - '0';
        if (name == "title") style_heading_ = 1;
        if (style_ >= 0) heading_styles_[style_] = style_heading_;
        style_ = style_heading_ = 0;
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
            end_paragraph();
        } else if (name == "pard") {
            flush();
            paragraph_ = {};
        } else if (name == "s") {
            const auto style = heading_styles_.find(number);
            paragraph_.heading = style == heading_styles_.end() ? 0 : style->second;
        } else if (name == "outlinelevel") {
            paragraph_.heading = number >= 0 && number <= max_level ? number + 1 : 0;
        } else if (name == "ilvl") {
            paragraph_.level = std::clamp(number, 0, max_level);
        } else if (name == "pagebb") {
            paragraph_.begins_page = number != 0;
        } else if (name == "intbl") {
            paragraph_.is_in_table = true;
        } else if (name == "itap") {
            paragraph_.is_in_table = number > 0;
        } else if (name == "cell") {
            flush();
            begin_document();
            blocks_.cell(paragraph_, std::exchange(paragraph_text_, {}));
            mark_.clear();
        } else if (name == "row") {
            blocks_.row();
        } else if (name == "trowd") {
            blocks_.row_definition();
        } else if (name == "cellx") {
            blocks_.cell_edge(number);
        } else {
            page_word(name);
        }
    }

    void page_word(std::string_view name) {
        if (name == "page" || name == "softpage") {
            flush();
            if (!paragraph_text_.empty()) end_paragraph();
            begin_document();
            name == "page" ? blocks_.hard_break() : blocks_.soft_break();
        } else if (name == "sect") {
            end_paragraph();
            blocks_.section();
        } else if (name == "sectd") {
            blocks_.section_begins_page(true);
        } else if (name == "sbknone" || name == "sbkcol") {
            blocks_.section_begins_page(false);
        }
    }

    /// The info group comes before the text.
    void begin_document() {
        if (std::exchange(has_begun_, true)) return;
        Metadata metadata;
        for (const auto& [fact, value] : info_) {
            if (fact != "other" && !fact.empty()) put_fact(&metadata, fact == "doccomm" ? "description" : fact, value);
        }
        sink_->document("application/rtf", std::move(metadata));
    }

    void end_paragraph() {
        flush();
        begin_document();
        blocks_.paragraph(paragraph_, std::exchange(mark_, {}), std::exchange(paragraph_text_, {}));
    }

    const DocumentSink* sink_;
    PageOutput output_;
    RtfBlocks blocks_;
    RtfDecoder decoder_;
    std::vector<Group> groups_{1};
    int left_out_ = 0;           // characters, after \u
    bool is_ignorable_ = false;  // \* came before

    std::map<int, int> heading_styles_;  // levels of headings, by style
    std::string style_name_;
    int style_ = 0;
    int style_heading_ = 0;
    int font_ = 0;
    std::map<std::string, std::string> info_;
    std::map<std::string, int> time_;
    bool has_begun_ = false;

    RtfParagraph paragraph_;
    std::string paragraph_text_, mark_, note_, box_, dropped_;
    int note_count_ = 0;
};

}  // namespace

void read_rtf(std::string_view bytes, const ReadOptions& options, const DocumentSink& sink) {
    RtfReader(options, sink).run(bytes);
}

}  // namespace docmind
