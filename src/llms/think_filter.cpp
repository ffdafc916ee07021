#include "llms/think_filter.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

namespace {
constexpr std::string_view open_tag = "<think>";
constexpr std::string_view close_tag = "</think>";
constexpr std::string_view blanks = " \t\r\n";
}  // namespace

std::string ThinkFilter::feed(std::string_view text) {
    if (state_ == State::answer) return std::string(text);
    held_.append(text);
    if (state_ == State::start) {
        const auto first = held_.find_first_not_of(blanks);
        if (first == std::string::npos) return {};
        const std::string_view rest = std::string_view(held_).substr(first);
        const auto common = std::min(rest.size(), open_tag.size());
        if (rest.substr(0, common) != open_tag.substr(0, common)) {
            state_ = State::answer;
            return std::exchange(held_, {});
        }
        if (common < open_tag.size()) return {};
        state_ = State::thinking;
    }
    if (state_ == State::thinking) {
        const auto end = held_.find(close_tag);
        if (end == std::string::npos) {
            // Enough to recognise a tag that the chunks cut; the thoughts themselves are not kept.
            if (held_.size() > close_tag.size()) held_.erase(0, held_.size() - close_tag.size());
            return {};
        }
        held_.erase(0, end + close_tag.size());
        state_ = State::after;
    }
    const auto first = held_.find_first_not_of(blanks);
    if (first == std::string::npos) {
        held_.clear();
        return {};
    }
    state_ = State::answer;
    return std::exchange(held_, {}).substr(first);
}

std::string ThinkFilter::finish() {
    const bool is_text = state_ == State::start;
    state_ = State::answer;
    return is_text ? std::exchange(held_, {}) : std::string();
}

}  // namespace docmind
