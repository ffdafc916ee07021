#include "readers/text/json_tokens.hpp"

#include "readers/utf8.hpp"

#include <array>

namespace docmind {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_number(std::string_view text) {
    std::size_t i = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t begin = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        return i > begin;
    };
    const std::size_t first = i;
    if (!digits() || (text[first] == '0' && i > first + 1)) return false;
    if (i < text.size() && text[i] == '.') {
        ++i;
        if (!digits()) return false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
        if (!digits()) return false;
    }
    return i == text.size();
}

}  // namespace

JsonTokens::Kind JsonTokens::next() {
    if (state_ == State::after && open_.empty()) return Kind::end;
    while (at_ < json_.size() && is_space(json_[at_])) ++at_;
    if (at_ >= json_.size()) return Kind::cut_off;
    char c = json_[at_];
    if (state_ == State::after) {
        if (c == '}' || c == ']') return close(c);
        if (c != ',') return Kind::error;
        ++at_;
        state_ = open_.back() == '{' ? State::key : State::value;
        return next();
    }
    if (state_ == State::first_item || state_ == State::first_key) {
        if (c == '}' || c == ']') return close(c);
    }
    if (state_ == State::first_key || state_ == State::key) return c == '"' ? string(Kind::key) : Kind::error;
    return value();
}

JsonTokens::Kind JsonTokens::close(char bracket) {
    if (open_.back() != (bracket == '}' ? '{' : '[')) return Kind::error;
    open_.pop_back();
    ++at_;
    state_ = State::after;
    return bracket == '}' ? Kind::object_end : Kind::array_end;
}

JsonTokens::Kind JsonTokens::value() {
    const char c = json_[at_];
    if (c == '{' || c == '[') {
        if (open_.size() >= max_depth) return Kind::error;
        open_.push_back(c);
        ++at_;
        state_ = c == '{' ? State::first_key : State::first_item;
        return c == '{' ? Kind::object_begin : Kind::array_begin;
    }
    return c == '"' ? string(Kind::string) : primitive();
}

JsonTokens::Kind JsonTokens::string(Kind kind) {
    text_.clear();
    ++at_;
    while (true) {
        const auto stop = json_.find_first_of("\"\\", at_);
        if (stop == std::string_view::npos) return Kind::cut_off;
        text_.append(json_.substr(at_, stop - at_));
        at_ = stop + 1;
        if (json_[stop] == '"') break;
        if (at_ >= json_.size()) return Kind::cut_off;
        if (!escape()) return at_ >= json_.size() ? Kind::cut_off : Kind::error;
    }
    if (kind == Kind::string) {
        state_ = State::after;
        return kind;
    }
    while (at_ < json_.size() && is_space(json_[at_])) ++at_;
    if (at_ >= json_.size()) return Kind::cut_off;
    if (json_[at_] != ':') return Kind::error;
    ++at_;
    state_ = State::value;
    return kind;
}

bool JsonTokens::escape() {
    const char c = json_[at_++];
    switch (c) {
        case '"':
        case '\\':
        case '/': text_.push_back(c); return true;
        case 'n': text_.push_back('\n'); return true;
        case 't': text_.push_back('\t'); return true;
        case 'r': text_.push_back('\r'); return true;
        case 'b':
        case 'f': text_.push_back(' '); return true;
        case 'u': break;
        default: return false;
    }
    constexpr char32_t none = 0x110000;
    char32_t value = hex();
    if (value == none) return false;
    if (value >= 0xD800 && value < 0xDC00 && json_.substr(at_, 2) == "\\u") {
        at_ += 2;
        const char32_t low = hex();
        if (low == none) return false;
        const bool is_pair = low >= 0xDC00 && low < 0xE000;
        if (!is_pair) utf8::append(text_, utf8::replacement);
        value = is_pair ? 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00) : low;
    }
    utf8::append(text_, value);
    return true;
}

/// Four digits; 0x110000 where there are none.
char32_t JsonTokens::hex() {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        if (at_ >= json_.size()) return 0x110000;
        const char c = json_[at_++];
        const char lower = static_cast<char>(c | 0x20);
        const bool is_digit = c >= '0' && c <= '9', is_letter = lower >= 'a' && lower <= 'f';
        if (!is_digit && !is_letter) return 0x110000;
        value = value * 16 + static_cast<char32_t>(is_digit ? c - '0' : lower - 'a' + 10);
    }
    return value;
}

JsonTokens::Kind JsonTokens::primitive() {
    std::size_t end = at_;
    while (end < json_.size() && (json_[end] == '-' || json_[end] == '+' || json_[end] == '.' || (json_[end] >= '0' && json_[end] <= '9') ||
                                  (json_[end] >= 'a' && json_[end] <= 'z') || json_[end] == 'E'))
        ++end;
    const std::string_view word = json_.substr(at_, end - at_);
    constexpr std::array<std::string_view, 3> names = {"true", "false", "null"};
    bool known = is_number(word);
    for (const auto name : names) known = known || word == name;
    if (!known) return end == json_.size() && !word.empty() ? Kind::cut_off : Kind::error;
    text_ = word;
    at_ = end;
    state_ = State::after;
    return Kind::primitive;
}

}  // namespace docmind
