#include "readers/text/brace_outline.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::array containers = {"class"sv,  "struct"sv, "enum"sv, "union"sv,    "interface"sv, "trait"sv,   "impl"sv,    "record"sv,
                                   "object"sv, "module"sv, "mod"sv,  "protocol"sv, "extension"sv, "message"sv, "service"sv, "@interface"sv};
constexpr std::array transparent = {"namespace"sv, "extern"sv};
constexpr std::array functions = {"func"sv, "fn"sv, "function"sv, "fun"sv, "def"sv};
constexpr std::array statements = {"if"sv,     "for"sv,   "while"sv,  "switch"sv, "catch"sv,   "else"sv,  "do"sv,   "try"sv,
                                   "return"sv, "match"sv, "select"sv, "new"sv,    "foreach"sv, "using"sv, "loop"sv, "defer"sv};
constexpr std::array with_preprocessor = {"C"sv, "C++"sv, "C#"sv};
// Where a newline ends a statement, the brace stands on the line of what it belongs to.
constexpr std::array without_semicolons = {"Go"sv, "JavaScript"sv, "TypeScript"sv, "Kotlin"sv, "Swift"sv, "Scala"sv};
constexpr std::size_t longest_header = 2000;

bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

template <class Words>
bool contains(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// "template <class T> void f(T x)" is "void f(T x)".
std::string_view without_template(std::string_view header) {
    while (header.starts_with("template")) {
        int depth = 0;
        std::size_t i = header.find('<');
        for (; i < header.size(); ++i) {
            if (header[i] == '<') ++depth;
            if (header[i] == '>' && --depth == 0) break;
        }
        const auto next = i < header.size() ? header.find_first_not_of(" \t\r\n", i + 1) : std::string_view::npos;
        if (next == std::string_view::npos) return header;
        header.remove_prefix(next);
    }
    return header;
}

enum class Kind { container, transparent, function, other };

/// What the text before a brace begins.
Kind kind_of(std::string_view header) {
    if (header.size() > longest_header) return Kind::other;
    header = without_template(header);
    Kind kind = Kind::other;
    int parentheses = 0;
    bool first = true, has_call = false, assigns = false;
    for (std::size_t i = 0; i < header.size();) {
        const char c = header[i];
        if (!is_word_char(c)) {
            if (c == '(') {
                has_call = has_call || (parentheses == 0 && !first);
                ++parentheses;
            }
            if (c == ')') --parentheses;
            if (c == '=' && parentheses == 0 && i + 1 < header.size() && header[i + 1] != '=' && header[i + 1] != '>') assigns = true;
            ++i;
            continue;
        }
        const std::size_t begin = i;
        while (i < header.size() && is_word_char(header[i])) ++i;
        const std::string_view word = header.substr(begin, i - begin);
        if (first && contains(statements, word)) return Kind::other;
        first = false;
        if (parentheses > 0) continue;
        if (contains(transparent, word)) return Kind::transparent;
        if (contains(functions, word)) return Kind::function;
        if (contains(containers, word)) kind = Kind::container;
    }
    // A function may return a struct: "struct point make(int x)".
    const bool is_arrow = header.ends_with("=>");
    if (has_call && !assigns && kind != Kind::container) return Kind::function;
    if (assigns) return is_arrow ? Kind::function : Kind::other;
    if (kind == Kind::container && has_call && header.ends_with(')') && header.find("class") == std::string_view::npos &&
        header.find("record") == std::string_view::npos)
        return Kind::function;
    return kind;
}

class Scan {
  public:
    Scan(std::string_view code, const CodeLanguage& language)
        : code_(code),
          language_(language),
          has_preprocessor_(contains(with_preprocessor, language.name)),
          ends_with_lines_(contains(without_semicolons, language.name)) {}

    std::vector<Heading> run() {
        while (at_ < code_.size()) step();
        return std::move(found_);
    }

  private:
    struct Scope {
        Kind kind;
        bool begins_line;  // its header stands at the beginning of a line
    };

    void step() {
        const char c = code_[at_];
        const char next = at_ + 1 < code_.size() ? code_[at_ + 1] : '\0';
        const bool begins_line = at_ == 0 || code_[at_ - 1] == '\n';
        if (c == '/' && next == '/') return to_line_end();
        if (c == '/' && next == '*') return skip_past("*/", at_ + 2);
        if (c == '#' && next != '[' && (language_.has_hash_comments || (has_preprocessor_ && begins_line))) return to_line_end();
        if (c == '"' && at_ > 0 && code_[at_ - 1] == 'R' && has_preprocessor_) return raw_string();
        if (c == '"' || (c == '\'' && language_.has_quoted_strings)) return string(c);
        if (c == '`') return skip_past("`", at_ + 1);
        if (c == '\'') return character();
        if (c == '{') return open();
        if (c == '}') return close(begins_line);
        if (c == '\n' && ends_with_lines_ && parentheses_ <= 0) reset();
        if (c == '<' && next == '?') {
            at_ += 4;  // "<?php"
        } else if (c == ';') {
            reset();
        } else if (c == ':' && is_label()) {
            reset();
        } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            note();
        }
        ++at_;
    }

    /// What stands here belongs to a header.
    void note() {
        if (header_begin_ == npos) header_begin_ = at_;
        header_end_ = at_ + 1;
        if (code_[at_] == '(') ++parentheses_;
        if (code_[at_] == ')') --parentheses_;
    }

    void reset() {
        header_begin_ = npos;
        parentheses_ = values_ = 0;
    }

    [[nodiscard]] bool is_label() const {
        if (header_begin_ == npos) return false;
        const std::string_view header = code_.substr(header_begin_, std::min(header_end_ - header_begin_, std::size_t{16}));
        return header == "public" || header == "private" || header == "protected" || header == "default";
    }

    [[nodiscard]] bool in_body() const {
        return !scopes_.empty() && (scopes_.back().kind == Kind::function || scopes_.back().kind == Kind::other);
    }

    void open() {
        if (is_value()) {
            ++values_;
            return skip_noted();
        }
        Kind kind = Kind::other;
        bool begins_line = false;
        if (!in_body() && header_begin_ != npos) {
            const std::string_view header = code_.substr(header_begin_, header_end_ - header_begin_);
            kind = kind_of(header);
            begins_line = kind != Kind::transparent && (header_begin_ == 0 || code_[header_begin_ - 1] == '\n');
            if (kind == Kind::container || kind == Kind::function)
                found_.push_back({static_cast<std::uint32_t>(header_begin_), level(), outline_title(header)});
        }
        push({kind, begins_line});
        reset();
        ++at_;
    }

    /// "{}" as a default within parentheses: part of the header.
    [[nodiscard]] bool is_value() const {
        if (header_begin_ == npos || parentheses_ <= 0) return false;
        const char before = code_[header_end_ - 1];
        return before == '=' || before == ',' || before == '(';
    }

    void skip_noted() {
        note();
        ++at_;
    }

    void close(bool begins_line) {
        if (values_ > 0 && header_begin_ != npos) {
            --values_;
            return skip_noted();
        }
        if (!scopes_.empty()) pop();
        // A brace at the beginning of a line ends what began there, whatever was counted wrong on the way.
        while (begins_line && at_line_begin_ > 0 && scopes_.back().kind != Kind::transparent) pop();
        reset();
        ++at_;
    }

    void push(Scope scope) {
        scopes_.push_back(scope);
        containers_ += scope.kind == Kind::container ? 1 : 0;
        at_line_begin_ += scope.begins_line ? 1 : 0;
    }

    void pop() {
        containers_ -= scopes_.back().kind == Kind::container ? 1 : 0;
        at_line_begin_ -= scopes_.back().begins_line ? 1 : 0;
        scopes_.pop_back();
    }

    [[nodiscard]] int level() const { return 1 + std::min(8, containers_); }

    void string(char quote) {
        note();
        for (++at_; at_ < code_.size() && code_[at_] != quote && code_[at_] != '\n'; ++at_) {
            if (code_[at_] == '\\') ++at_;
        }
        at_ = std::min(code_.size(), at_ + 1);
    }

    /// 'x' or '\n'; else a lifetime or the mark between digits.
    void character() {
        note();
        const std::string_view rest = code_.substr(at_ + 1, 10);
        const auto end = rest.find('\'', rest.starts_with('\\') ? 2 : 1);
        const bool is_character = end != std::string_view::npos && (rest.starts_with('\\') || end <= 4) &&
                                  rest.substr(0, end).find(' ', 1) == npos && rest.substr(0, end).find('\n') == std::string_view::npos &&
                                  !(at_ > 0 && is_word_char(code_[at_ - 1]));
        at_ += is_character ? end + 2 : 1;
    }

    void raw_string() {
        note();
        const std::string_view delimiter = code_.substr(at_ + 1, 17);
        const auto open = delimiter.find('(');
        if (open == std::string_view::npos) return string('"');
        skip_past(")" + std::string(delimiter.substr(0, open)) + "\"", at_ + 1);
    }

    void to_line_end() { at_ = std::min(code_.find('\n', at_), code_.size()); }

    void skip_past(std::string_view mark, std::size_t from) {
        const auto found = code_.find(mark, std::min(from, code_.size()));
        at_ = found == std::string_view::npos ? code_.size() : found + mark.size();
    }

    static constexpr std::size_t npos = std::string_view::npos;

    std::string_view code_;
    const CodeLanguage& language_;
    bool has_preprocessor_, ends_with_lines_;
    int parentheses_ = 0, values_ = 0;  // open in the header: parentheses, and braces in them
    std::size_t at_ = 0;
    std::size_t header_begin_ = npos, header_end_ = 0;
    std::vector<Scope> scopes_;
    int containers_ = 0, at_line_begin_ = 0;  // of the scopes
    std::vector<Heading> found_;
};

}  // namespace

std::vector<Heading> brace_outline(std::string_view code, const CodeLanguage& language) {
    return Scan(code, language).run();
}

}  // namespace docmind
