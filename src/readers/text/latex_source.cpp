#include "readers/text/latex_source.hpp"

#include <algorithm>

namespace docmind {

namespace {

constexpr std::size_t longest_options = 4000;
constexpr std::size_t longest_math = 4000;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '@';
}
bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

}  // namespace

std::string_view LatexSource::command() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    if (at_ == begin) {
        skip(1);
        return text_.substr(begin, at_ - begin);
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return name;
}

std::string_view LatexSource::plain_text() {
    const std::size_t begin = at_;
    at_ = std::min(text_.size(), text_.find_first_of("\\{}%$&~`'-?! \t\n", at_ + 1));
    return text_.substr(begin, at_ - begin);
}

bool LatexSource::white_space() {
    int newlines = 0;
    for (; at_ < text_.size() && is_white(text_[at_]); ++at_) newlines += text_[at_] == '\n' ? 1 : 0;
    return newlines > 1;
}

void LatexSource::comment() {
    at_ = std::min(text_.size(), text_.find('\n', at_));
    skip(1);
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

std::string_view LatexSource::group() {
    white_space();
    if (peek() != '{') {
        const std::size_t begin = at_;
        skip(1);
        // Not half of a character.
        while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) ++at_;
        return text_.substr(begin, at_ - begin);
    }
    const std::size_t begin = at_ + 1;
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '\\') {
            ++at_;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            const std::string_view inside = text_.substr(begin, at_ - begin);
            ++at_;
            return inside;
        }
    }
    at_ = text_.size();
    return text_.substr(begin);
}

void LatexSource::options() {
    if (peek() == '*') skip(1);
    while (peek() == '[') {
        const auto end = text_.substr(at_, longest_options).find(']');
        if (end == std::string_view::npos) return;
        skip(end + 1);
    }
}

std::string_view LatexSource::raw_until(std::string_view mark) {
    const std::size_t begin = at_;
    const auto end = std::min(text_.size(), text_.find(mark, at_));
    at_ = std::min(text_.size(), end + mark.size());
    return text_.substr(begin, end - begin);
}

std::string_view LatexSource::math_until(std::string_view mark) {
    if (paragraph_end_ <= at_) paragraph_end_ = std::min(text_.size(), text_.find("\n\n", at_));
    const std::size_t limit = std::min(paragraph_end_, at_ + longest_math);
    // Not again where it was looked for in vain: many that are not closed would take quadratic time.
    std::size_t from = missing_mark_ == mark ? std::max(at_, missing_to_) : at_;
    for (; from + mark.size() <= limit; ++from) {
        from = text_.substr(0, limit).find(mark, from);
        if (from == std::string_view::npos) break;
        if (from > at_ && text_[from - 1] == '\\' && mark.front() == '$') continue;
        const std::string_view math = text_.substr(at_, from - at_);
        at_ = from + mark.size();
        return math;
    }
    missing_mark_ = mark;
    missing_to_ = limit < mark.size() ? 0 : limit - mark.size() + 1;
    return {};
}

}  // namespace docmind
