#include "readers/office/rtf_tokens.hpp"

#include <algorithm>
#include <charconv>

namespace docmind {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::optional<RtfToken> RtfTokens::next() {
    while (at_ < rtf_.size() && (rtf_[at_] == '\r' || rtf_[at_] == '\n' || rtf_[at_] == '\0')) ++at_;
    if (at_ == rtf_.size()) return std::nullopt;
    const char c = rtf_[at_];
    if (c == '{' || c == '}') {
        ++at_;
        return RtfToken{.kind = c == '{' ? RtfToken::Kind::open : RtfToken::Kind::close};
    }
    if (c == '\\' && at_ + 1 < rtf_.size()) {
        ++at_;
        return control();
    }
    const std::size_t begin = at_++;
    at_ = std::min(rtf_.find_first_of(std::string_view("{}\\\r\n\0", 6), at_), rtf_.size());
    return RtfToken{.kind = RtfToken::Kind::text, .text = rtf_.substr(begin, at_ - begin)};
}

RtfToken RtfTokens::control() {
    const std::size_t begin = at_;
    if (!is_letter(rtf_[at_])) {
        ++at_;
        const std::string_view symbol = rtf_.substr(begin, 1);
        if (symbol != "'") return {.kind = RtfToken::Kind::symbol, .text = symbol};
        const std::string_view digits = rtf_.substr(at_, 2);
        int byte = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        at_ += static_cast<std::size_t>(read.ptr - digits.data());
        return {.kind = RtfToken::Kind::byte, .number = byte};
    }
    while (at_ < rtf_.size() && is_letter(rtf_[at_])) ++at_;
    RtfToken token{.kind = RtfToken::Kind::word, .text = rtf_.substr(begin, at_ - begin)};
    const bool is_negative = at_ + 1 < rtf_.size() && rtf_[at_] == '-' && is_digit(rtf_[at_ + 1]);
    if (is_negative || (at_ < rtf_.size() && is_digit(rtf_[at_]))) {
        int number = 0;
        const auto read = std::from_chars(rtf_.data() + at_, rtf_.data() + rtf_.size(), number);
        at_ = static_cast<std::size_t>(read.ptr - rtf_.data());
        token.number = number;
    }
    if (at_ < rtf_.size() && rtf_[at_] == ' ') ++at_;
    if (token.text == "bin" && token.number.value_or(0) > 0) at_ += std::min(static_cast<std::size_t>(*token.number), rtf_.size() - at_);
    return token;
}

}  // namespace docmind
