#include "readers/text/rst_inline.hpp"

#include <array>
#include <cstddef>

namespace docmind {

namespace {

using namespace std::string_view_literals;

bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

class Inline {
  public:
    Inline(std::string_view text, const RstSubstitutions& substitutions) : text_(text), substitutions_(substitutions) {}

    std::string run() {
        while (at_ < text_.size()) step();
        return std::move(out_);
    }

  private:
    void step() {
        const char c = text_[at_];
        if (c == '\\') {
            // An escaped space is none.
            if (at_ + 1 < text_.size() && !is_white(text_[at_ + 1])) out_.push_back(text_[at_ + 1]);
            at_ += 2;
            return;
        }
        if (may_begin()) {
            if (c == ':' && role()) return;
            if (c == '_' && text_.substr(at_, 2) == "_`") ++at_;  // an inline target
            for (const std::string_view mark : {"``"sv, "`"sv, "**"sv, "*"sv, "|"sv}) {
                if (text_.substr(at_, mark.size()) == mark && marked(mark)) return;
            }
        }
        if (c == '_' && is_reference()) {
            at_ += text_.substr(at_, 2) == "__" ? 2 : 1;
            return;
        }
        out_.push_back(c);
        ++at_;
    }

    [[nodiscard]] bool may_begin() const { return at_ == 0 || !is_word(text_[at_ - 1]); }

    /// The underscore behind a word or a bracket that makes it a link: "name_" or "[1]_".
    [[nodiscard]] bool is_reference() const {
        if (at_ == 0 || (!is_word(text_[at_ - 1]) && text_[at_ - 1] != ']')) return false;
        // Not "__init__": a name begins with no underscore.
        std::size_t begin = at_;
        while (begin > 0 && at_ - begin < 100 && is_word(text_[begin - 1])) --begin;
        if (begin > 0 && text_[begin - 1] == '_' && (begin < 2 || !is_word(text_[begin - 2]))) return false;
        const std::size_t after = at_ + (text_.substr(at_, 2) == "__" ? 2 : 1);
        return after >= text_.size() || (!is_word(text_[after]) && text_[after] != '_');
    }

    /// Where the mark that began before `from` ends; npos where it does not.
    std::size_t end_of(std::string_view mark, std::size_t from, std::size_t kind) {
        // Once there is none from here on, there is none later.
        if (without_end_[kind]) return std::string_view::npos;
        for (auto found = text_.find(mark, from + 1); found != std::string_view::npos; found = text_.find(mark, found + 1)) {
            if (is_white(text_[found - 1])) continue;
            if (mark != "``" && text_[found - 1] == '\\') continue;
            return found;
        }
        without_end_[kind] = true;
        return std::string_view::npos;
    }

    bool marked(std::string_view mark) {
        const std::size_t begin = at_ + mark.size();
        if (begin >= text_.size() || is_white(text_[begin])) return false;
        const std::size_t kind = mark == "``" ? 0 : mark == "`" ? 1 : mark == "**" ? 2 : mark == "*" ? 3 : 4;
        const std::size_t end = end_of(mark, begin, kind);
        if (end == std::string_view::npos) return false;
        const std::string_view content = text_.substr(begin, end - begin);
        at_ = end + mark.size();
        if (mark == "``") {
            out_.append(content);
        } else if (mark == "|") {
            const auto found = substitutions_.find(content);
            out_.append(found == substitutions_.end() ? std::string(content) : found->second);
            skip_underscores();
        } else if (mark == "`") {
            interpreted(content);
        } else {
            out_.append(unescaped(content));
        }
        return true;
    }

    /// ":role:`text`"
    bool role() {
        std::size_t end = at_ + 1;
        while (
            end < text_.size() && end - at_ < 60 &&
            (is_word(text_[end]) || text_[end] == ':' || text_[end] == '-' || text_[end] == '.' || text_[end] == '_' || text_[end] == '+'))
            ++end;
        if (end == at_ + 1 || text_[end - 1] != ':' || end >= text_.size() || text_[end] != '`') return false;
        const std::size_t close = end_of("`", end + 1, 1);
        if (close == std::string_view::npos) return false;
        const std::string_view content = text_.substr(end + 1, close - end - 1);
        const bool is_math = text_.substr(at_, end - at_) == ":math:";
        at_ = close + 1;
        if (is_math) {
            out_.append(content);
        } else {
            interpreted(content);
        }
        return true;
    }

    /// "text <target>" is the text; "~module.Class" its last part.
    void interpreted(std::string_view content) {
        if (content.ends_with('>')) {
            const auto open = content.rfind('<');
            if (open != std::string_view::npos && open > 0) {
                content = content.substr(0, open);
                while (!content.empty() && is_white(content.back())) content.remove_suffix(1);
            } else if (open == 0) {
                content = content.substr(1, content.size() - 2);
            }
        } else if (content.starts_with('~')) {
            const auto dot = content.rfind('.');
            content.remove_prefix(dot == std::string_view::npos ? 1 : dot + 1);
        } else if (content.starts_with('!')) {
            content.remove_prefix(1);
        }
        out_.append(unescaped(content));
        skip_underscores();
    }

    void skip_underscores() {
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == '_'; ++i) ++at_;
    }

    static std::string unescaped(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\') {
                if (++i < text.size() && !is_white(text[i])) out.push_back(text[i]);
            } else {
                out.push_back(text[i]);
            }
        }
        return out;
    }

    std::string_view text_;
    const RstSubstitutions& substitutions_;
    std::size_t at_ = 0;
    std::array<bool, 5> without_end_{};
    std::string out_;
};

}  // namespace

std::string rst_inline(std::string_view text, const RstSubstitutions& substitutions) {
    return Inline(text, substitutions).run();
}

}  // namespace docmind
