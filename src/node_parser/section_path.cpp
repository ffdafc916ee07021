#include "node_parser/section_path.hpp"

#include "node_parser/one_line.hpp"
#include "node_parser/unicode.hpp"

#include <algorithm>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t longest_marker = 16;  ///< bytes before a heading on its line that are its number or bullet

/// Where the line of `at` begins if little stands before `at` on it, else `at`.
std::size_t line_start(std::string_view text, std::size_t at) {
    for (std::size_t back = at; at - back <= longest_marker; --back) {
        if (back == 0 || text[back - 1] == '\n') return back;
    }
    return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    for (unicode::CodePoint c = unicode::decode(text, at); c.length > 0 && unicode::is_space(c.value); c = unicode::decode(text, at))
        at += c.length;
    return std::min(at, text.size());
}

/// The text without white space and marks of headings, up to a little over `max_bytes`.
std::string letters(std::string_view text, std::size_t max_bytes) {
    std::string letters;
    for (std::size_t at = 0; at < text.size() && letters.size() <= max_bytes;) {
        const unicode::CodePoint c = unicode::decode(text, at);
        if (!unicode::is_space(c.value) && c.value != '#' && c.value != '=' && c.value != '-') letters.append(text, at, c.length);
        at += c.length;
    }
    return letters;
}

/// Says the stretch of text nothing but the title?
bool says_only(std::string_view stretch, std::string_view title) {
    const std::string said = letters(title, title.size());
    return said.starts_with(letters(stretch, said.size()));
}

}  // namespace

std::vector<Heading> section_starts(std::string_view text, const std::vector<Heading>& headings) {
    // Those at the same place stay in their order.
    std::vector<std::size_t> order(headings.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(headings[i].begin, i); });
    std::vector<Heading> starts;
    starts.reserve(headings.size());
    std::size_t visible = 0;  // the first visible character at or behind the heading
    for (const std::size_t i : order) {
        visible = skip_space(text, std::max(visible, unicode::floor_border(text, headings[i].begin)));
        starts.push_back(
            {static_cast<std::uint32_t>(line_start(text, visible)), std::clamp(headings[i].level, 1, 9), one_line(headings[i].title)});
    }
    return starts;
}

std::vector<Section> sections_of(std::string_view text, const std::vector<Heading>& starts) {
    std::vector<Section> sections;
    if (starts.empty() || starts.front().begin > 0) sections.push_back({0, text.size(), 0});
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const Heading& start = starts[i];
        const bool begins_together = i > 0 && start.level > starts[i - 1].level &&
                                     says_only(text.substr(starts[i - 1].begin, start.begin - starts[i - 1].begin), starts[i - 1].title);
        if (begins_together) {
            sections.back().heading = start.begin;
            continue;
        }
        if (!sections.empty()) sections.back().end = start.begin;
        sections.push_back({start.begin, text.size(), start.begin});
    }
    return sections;
}

void SectionPath::begin_page(std::vector<Heading> starts) {
    for (; next_ < starts_.size(); ++next_) enter(&starts_[next_]);
    starts_ = std::move(starts);
    next_ = 0;
}

void SectionPath::enter(Heading* heading) {
    while (!inside_.empty() && inside_.back().level >= heading->level) inside_.pop_back();
    inside_.push_back(std::move(*heading));
    is_path_old_ = true;
}

const std::string& SectionPath::at(std::size_t at) {
    for (; next_ < starts_.size() && starts_[next_].begin <= at; ++next_) enter(&starts_[next_]);
    if (std::exchange(is_path_old_, false)) {
        path_.clear();
        for (const Heading& heading : inside_) {
            if (heading.title.empty()) continue;
            if (!path_.empty()) path_ += " › ";
            path_ += heading.title;
        }
    }
    return path_;
}

}  // namespace docmind
