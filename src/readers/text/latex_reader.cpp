#include "readers/text/latex_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/text/dates.hpp"
#include "readers/text/latex_commands.hpp"
#include "readers/text/latex_source.hpp"
#include "readers/text/latex_symbols.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_macro = 200;

template <class Words>
bool contains(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

class Reader {
  public:
    Reader(std::string_view text, PageWriter& writer)
        : source_(text), body_(writer), writer_(&writer), has_chapters_(text.find("\\chapter") != std::string_view::npos) {
        // What stands before it is for TeX.
        if (text.find("\\begin{document}") != std::string_view::npos) writer_ = &nowhere_;
    }

    Metadata run() {
        while (!source_.at_end()) step();
        while (!groups_.empty()) close_group();
        return std::move(metadata_);
    }

  private:
    using Action = std::function<void()>;

    void step() {
        switch (source_.peek()) {
            case '\\': source_.skip(1); return command();
            case '%': return source_.comment();
            case '{':
                source_.skip(1);
                groups_.push_back(std::exchange(at_group_end_, {}));
                return;
            case '}': source_.skip(1); return close_group();
            case '$': return dollar();
            case '&':
                source_.skip(1);
                if (open_tables_ > 0) return cell();
                return writer_->text("&");
            case '~': source_.skip(1); return writer_->space();
            case ' ':
            case '\t':
            case '\n':
                if (source_.white_space()) {
                    writer_->paragraph();
                } else {
                    writer_->space();
                }
                return;
            default: break;
        }
        if (!ligature()) writer_->text(source_.plain_text());
    }

    bool ligature() {
        struct Ligature {
            std::string_view source, text;
        };
        constexpr std::array ligatures = {Ligature{"---", "—"}, Ligature{"--", "–"}, Ligature{"``", "“"}, Ligature{"''", "”"},
                                          Ligature{"`", "‘"},   Ligature{"'", "’"},  Ligature{"?`", "¿"}, Ligature{"!`", "¡"}};
        for (const auto& each : ligatures) {
            if (!source_.is(each.source)) continue;
            source_.skip(each.source.size());
            writer_->text(each.text);
            return true;
        }
        return false;
    }

    void close_group() {
        if (groups_.empty()) return;
        const Action action = std::move(groups_.back());
        groups_.pop_back();
        if (action) action();
    }

    /// Runs when the group that begins next is closed.
    void at_group_end(Action action) {
        source_.white_space();
        if (source_.peek() == '{') {
            at_group_end_ = std::move(action);
        } else {
            action();
        }
    }

    void dollar() {
        const bool is_display = source_.is("$$");
        source_.skip(is_display ? 2 : 1);
        const std::string_view formula = source_.math_until(is_display ? "$$" : "$");
        if (formula.empty()) return writer_->text("$");
        show_math(formula, is_display);
    }

    void show_math(std::string_view formula, bool is_display) {
        if (is_display) return writer_->preformatted(formula);
        writer_->text("$" + std::string(formula) + "$");
    }

    void command() {
        const std::string_view name = source_.command();
        if (name == "begin") return begin(std::string(source_.group()));
        if (name == "end") return end(std::string(source_.group()));
        if (const auto symbol = latex_symbol(name); !symbol.empty()) return symbol == " " ? writer_->space() : writer_->text(symbol);
        if (is_latex_accent(name)) return accent(name);
        if (name == "\\" || name == "newline" || name == "tabularnewline" || name == "cr") return line_end();
        if (name == "[" || name == "(") return show_bracketed(name == "[");
        const auto section = std::ranges::find(latex_sections, name, &LatexSection::command);
        if (section != latex_sections.end()) return heading(section->level);
        const auto unprinted = std::ranges::find(latex_dropped, name, &LatexDropped::command);
        if (unprinted != latex_dropped.end()) return drop(unprinted->arguments);
        if (const auto macro = macros_.find(name); macro != macros_.end()) return writer_->text(macro->second);
        if (!special(name)) source_.options();
    }

    void drop(int arguments) {
        source_.options();
        for (int i = 0; i < arguments; ++i) {
            source_.group();
            source_.options();
        }
    }

    /// Whether it is one of the commands that do something of their own.
    bool special(std::string_view name) {
        if (name == "title" || name == "author" || name == "date") {
            source_.options();
            capture(std::string(name));
        } else if (name == "maketitle") {
            show_title();
        } else if (name == "item" || name == "bibitem") {
            item(name == "bibitem");
        } else if (name == "par" || name == "newpage" || name == "clearpage" || name == "pagebreak" || name == "bigskip") {
            writer_->paragraph();
        } else if (name == "and") {
            writer_->text(", ");
        } else if (name == "verb" || name == "lstinline") {
            if (source_.peek() == '*') source_.skip(1);
            const std::string mark(1, source_.peek() == '{' ? '}' : source_.peek());
            source_.skip(1);
            writer_->text(source_.raw_until(mark));
        } else if (name == "url" || name == "path" || name == "nolinkurl") {
            writer_->text(source_.group());
        } else if (name.starts_with("footnote")) {
            source_.options();
            writer_->text(" [");
            at_group_end([this] { writer_->text("]"); });
        } else if (name.starts_with("cite") || name.starts_with("Cite")) {
            source_.options();
            writer_->text("[" + std::string(source_.group()) + "]");
        } else if (name == "caption") {
            source_.options();
            writer_->paragraph();
            at_group_end([this] { writer_->paragraph(); });
        } else if (name == "texorpdfstring") {
            at_group_end([this] { source_.group(); });
        } else if (name == "newcommand" || name == "def") {
            define(name == "def");
        } else if (name == "multicolumn" || name == "multirow") {
            drop(2);  // cell() has seen how many columns
        } else if (name == "endfirsthead") {
            source_.raw_until("\\endhead");  // the head again
        } else if (name == "cmidrule") {
            if (source_.peek() == '(') source_.raw_until(")");
            source_.group();
        } else {
            return false;
        }
        return true;
    }

    void accent(std::string_view name) {
        std::string base(source_.group());
        if (base.starts_with('\\')) base = latex_symbol(std::string_view(base).substr(1));
        // \'\i
        if (base.empty() && (source_.is("i") || source_.is("j"))) base = source_.command();
        writer_->text(latex_accented(name, base));
    }

    void show_bracketed(bool is_display) {
        const std::string_view formula = source_.math_until(is_display ? "\\]" : "\\)");
        if (!formula.empty()) show_math(formula, is_display);
    }

    void line_end() {
        source_.options();
        if (open_tables_ == 0) return writer_->line_break();
        writer_->begin_row();
        cell();
    }

    void cell() {
        source_.white_space();
        int columns = 1;
        if (source_.is("\\multicolumn{")) {
            const char digit = source_.peek("\\multicolumn{"sv.size());
            if (digit >= '1' && digit <= '9') columns = digit - '0';
        }
        writer_->begin_cell(columns);
    }

    void heading(int level) {
        source_.options();
        const int highest = has_chapters_ ? 1 : 2;
        writer_->begin_heading(std::max(1, level - highest + 1));
        at_group_end([this] { writer_->end_heading(); });
    }

    void item(bool is_reference) {
        if (is_reference) {
            source_.options();
            const std::string key(source_.group());
            writer_->begin_item();
            return writer_->text("[" + key + "] ");
        }
        writer_->begin_item();
        if (source_.peek() != '[') return;
        source_.skip(1);
        show_label(source_.math_until("]"));
    }

    /// The marks in a label are few: braces and commands are left out.
    void show_label(std::string_view label) {
        LatexSource source(label);
        while (!source.at_end()) {
            if (source.peek() == '\\') {
                source.skip(1);
                writer_->text(latex_symbol(source.command()));
            } else if (source.peek() == '{' || source.peek() == '}') {
                source.skip(1);
            } else {
                writer_->text(source.plain_text());
            }
        }
        writer_->space();
    }

    void capture(const std::string& key) {
        if (capturing_) return;
        capturing_ = true;
        PageWriter* const before = std::exchange(writer_, &captured_);
        at_group_end([this, key, before] {
            capturing_ = false;
            writer_ = before;
            std::string value = captured_.take(1).text;
            std::ranges::replace(value, '\n', ' ');
            if (key == "date") {
                date_ = value;
                value = rfc3339(value);
            }
            if (!value.empty()) metadata_[key == "date" ? "created" : key] = std::move(value);
        });
    }

    void show_title() {
        const auto title = metadata_.find("title");
        if (title != metadata_.end()) {
            writer_->begin_heading(1);
            writer_->text(title->second);
            writer_->end_heading();
        }
        const auto author = metadata_.find("author");
        for (const std::string& line : {author == metadata_.end() ? std::string() : author->second, date_}) {
            writer_->text(line);
            writer_->paragraph();
        }
    }

    /// A command for a word is remembered; others are dropped.
    void define(bool is_def) {
        std::string name;
        if (is_def) {
            source_.skip(1);
            name = source_.command();
            source_.raw_until("{");
            // raw_until() took the brace: what follows is the inside.
            std::size_t depth = 1;
            while (!source_.at_end() && depth > 0) {
                if (source_.peek() == '\\') source_.skip(1);
                if (source_.peek() == '{') ++depth;
                if (source_.peek() == '}') --depth;
                source_.skip(1);
            }
            return;
        }
        source_.options();
        const std::string_view what = source_.group();
        name = what.substr(std::min<std::size_t>(1, what.size()));
        if (what == "\\") name = source_.command();
        source_.options();
        const std::string_view text = source_.group();
        if (!name.empty() && text.size() <= longest_macro && text.find_first_of("\\#{}$&~") == std::string_view::npos) macros_[name] = text;
    }

    void begin(const std::string& name) {
        if (name == "document") {
            groups_.clear();
            capturing_ = false;
            static_cast<void>(nowhere_.take(1));
            writer_ = &body_;
            open_tables_ = 0;
        } else if (contains(latex_verbatim, name) || name == "Highlighting") {
            source_.options();
            if (name == "minted") source_.group();
            const std::string_view code = source_.raw_until("\\end{" + name + "}");
            writer_->preformatted(name == "Highlighting" ? without_commands(code) : std::string(code));
        } else if (contains(latex_math, name)) {
            show_math(source_.raw_until("\\end{" + name + "}"), true);
        } else if (contains(latex_drawings, name)) {
            source_.raw_until("\\end{" + name + "}");
        } else if (name == "itemize" || name == "enumerate" || name == "description" || name == "thebibliography") {
            source_.options();
            if (name == "thebibliography") source_.group();
            writer_->begin_list(name == "enumerate");
        } else if (contains(latex_tables, name)) {
            source_.options();
            if (name == "tabular*" || name == "tabularx" || name == "tabulary") source_.group();
            source_.group();
            ++open_tables_;
            writer_->begin_table();
            writer_->begin_row();
            cell();
        } else {
            writer_->paragraph();
            source_.options();
            if (name == "minipage" || name == "multicols" || name == "wrapfigure") source_.group();
        }
    }

    void end(const std::string& name) {
        if (name == "document") {
            source_.skip(std::string_view::npos / 2);
        } else if (name == "itemize" || name == "enumerate" || name == "description" || name == "thebibliography") {
            writer_->end_list();
        } else if (contains(latex_tables, name)) {
            if (open_tables_ > 0) --open_tables_;
            writer_->end_table();
        } else {
            writer_->paragraph();
        }
    }

    /// Pandoc's highlighted code: commands of one argument around each word.
    static std::string without_commands(std::string_view code) {
        std::string out;
        for (LatexSource source(code); !source.at_end();) {
            const char c = source.peek();
            source.skip(1);
            if (c == '\\') {
                const auto symbol = latex_symbol(source.command());
                out.append(symbol);
                if (!symbol.empty() && source.is("{}")) source.skip(2);
            } else if (c != '{' && c != '}') {
                out.push_back(c);
            }
        }
        return out;
    }

    LatexSource source_;
    PageWriter& body_;
    PageWriter nowhere_, captured_;
    PageWriter* writer_;
    bool has_chapters_, capturing_ = false;
    int open_tables_ = 0;
    std::vector<Action> groups_;
    Action at_group_end_;
    std::map<std::string, std::string, std::less<>> macros_;
    std::string date_;
    Metadata metadata_;
};

}  // namespace

Metadata read_latex_into(std::string_view text, PageWriter& writer) {
    return Reader(text, writer).run();
}

}  // namespace docmind
