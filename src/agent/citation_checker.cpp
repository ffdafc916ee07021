#include "agent/citation_checker.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_mark_bytes = 48;

// The numbers in what stands between the brackets; nullopt when it is no citation mark.
std::optional<std::vector<std::size_t>> numbers_in(std::string_view mark) {
    std::string text;
    for (const char c : mark) text.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    std::string_view rest = text;
    const auto skip_blanks = [&rest] { rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size())); };
    const auto skip = [&rest](std::string_view word) {
        if (!rest.starts_with(word)) return false;
        rest.remove_prefix(word.size());
        return true;
    };
    skip_blanks();
    skip("^");
    for (const std::string_view word :
         {"passages", "passage", "sources", "source", "documents", "document", "citation", "ref", "p.", "#"}) {
        if (skip(word)) break;
    }
    std::vector<std::size_t> numbers;
    bool range = false;
    while (true) {
        skip_blanks();
        std::size_t digits = 0;
        while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
        if (digits == 0 || digits > 6) return std::nullopt;
        const std::size_t number = std::stoul(std::string(rest.substr(0, digits)));
        rest.remove_prefix(digits);
        if (range && number > numbers.back() && number - numbers.back() <= 20) {
            for (std::size_t n = numbers.back() + 1; n < number; ++n) numbers.push_back(n);
        }
        numbers.push_back(number);
        skip_blanks();
        if (rest.empty()) return numbers;
        range = skip("-") || skip("\xE2\x80\x93");
        if (!range && !skip(",") && !skip(";") && !skip("and ") && !skip("&")) return std::nullopt;
    }
}

}  // namespace

std::string CitationChecker::feed(std::string_view token) {
    std::string out;
    for (const char c : token) take(c, out);
    return out;
}

std::string CitationChecker::finish() {
    std::string out;
    if (!held_.empty()) {
        // A mark that was cut off by the end is none: "[3" is not shown.
        const bool cut_mark = held_[0] == '[' && held_.size() > 1 && std::isdigit(static_cast<unsigned char>(held_[1])) != 0;
        if (cut_mark || (held_[0] == '<' && held_.size() > 1 && can_be_tag())) {
            held_.clear();
            blanks_.clear();
        } else {
            end_hold(out);
        }
    }
    blanks_.clear();
    return out;
}

void CitationChecker::take(char c, std::string& out) {
    if (!held_.empty()) {
        if (held_[0] == '<') {
            held_.push_back(c);
            if (is_tag()) {
                held_.clear();
                return;
            }
            if (!can_be_tag()) end_hold(out);
            return;
        }
        if (c == '[' || c == '\n' || c == '`' || held_.size() >= max_mark_bytes) {
            end_hold(out);  // and `c` is looked at afresh
        } else {
            held_.push_back(c);
            if (c != ']') return;
            const auto numbers = numbers_in(std::string_view(held_).substr(1, held_.size() - 2));
            if (!numbers) {
                end_hold(out);
                return;
            }
            held_.clear();
            std::string marks;
            for (const std::size_t n : *numbers) {
                if (n >= 1 && n <= params_.passages) marks += "[" + std::to_string(n) + "]";
            }
            if (marks.empty()) {
                if (blanks_.find('\n') == std::string::npos) blanks_.clear();
                return;
            }
            for (const char m : marks) show(m, out);
            return;
        }
    }
    if (c == '`') {
        ++ticks_;
        show(c, out);
        return;
    }
    if (ticks_ > 0) close_ticks();
    if (c == '\n' && code_ == Code::inline_code) code_ = Code::none;
    if (code_ == Code::none && (c == '[' || (c == '<' && !params_.boundary.empty()))) {
        held_.push_back(c);
        return;
    }
    if (c == ' ' || c == '\n' || c == '\t') {
        blanks_.push_back(c);
        return;
    }
    show(c, out);
}

void CitationChecker::close_ticks() {
    if (code_ == Code::none) {
        code_ = ticks_ >= 3 ? Code::fence : Code::inline_code;
        open_ticks_ = ticks_;
    } else if (ticks_ == open_ticks_) {
        code_ = Code::none;
    }
    ticks_ = 0;
}

void CitationChecker::show(char c, std::string& out) {
    out += std::exchange(blanks_, {});
    out.push_back(c);
}

void CitationChecker::end_hold(std::string& out) {
    const std::string held = std::exchange(held_, {});
    for (const char c : held) show(c, out);
}

bool CitationChecker::can_be_tag() const {
    std::string_view rest = std::string_view(held_).substr(1);
    if (rest.starts_with('/')) rest.remove_prefix(1);
    const auto common = std::min(rest.size(), params_.boundary.size());
    return held_.size() <= max_mark_bytes + params_.boundary.size() && rest.substr(0, common) == params_.boundary.substr(0, common);
}

bool CitationChecker::is_tag() const {
    return held_.back() == '>' && can_be_tag();
}

}  // namespace docmind
