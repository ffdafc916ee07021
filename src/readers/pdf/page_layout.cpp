#include "readers/pdf/page_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace docmind {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) >= 0x80);
}
bool is_lower(char c) {
    return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) >= 0x80);
}

/// How many bytes of hyphen stand at a line's end within a word: a letter and a hyphen here, a small letter there. "x-\n1" and "-\ny"
/// stay as they are.
std::size_t hyphen_bytes(std::string_view before, std::string_view after) {
    for (const std::string_view hyphen : {"-", "\xC2\xAD", "\xE2\x80\x90"}) {
        if (!before.ends_with(hyphen) || before.size() == hyphen.size()) continue;
        return is_letter(before[before.size() - hyphen.size() - 1]) && !after.empty() && is_lower(after.front()) ? hyphen.size() : 0;
    }
    return 0;
}

}  // namespace

PageLayout::Extent PageLayout::extent_of(const PlacedWord& w) {
    switch (w.rotation & 3) {
        case 1: return {w.y0, w.y1, -w.x1, -w.x0};
        case 2: return {-w.x1, -w.x0, -w.y1, -w.y0};
        case 3: return {-w.y1, -w.y0, w.x0, w.x1};
        default: return {w.x0, w.x1, w.y0, w.y1};
    }
}

Break PageLayout::break_before(const PlacedWord& word, const Extent& next) const {
    if (word.before != Break::by_place) return word.before;
    const float overlap = std::min(line_.bottom, next.bottom) - std::max(line_.top, next.top);
    const float height = std::max(1.F, std::min(line_.bottom - line_.top, next.bottom - next.top));
    if (word.rotation == rotation_ && overlap > height * 0.5F && next.begin >= line_.begin) return Break::space;
    const float gap = next.top - line_.bottom;
    return word.rotation != rotation_ || gap > height * 0.6F ? Break::paragraph : Break::line;
}

void PageLayout::separate(const PlacedWord& word, const Extent& next) {
    auto& text = page_.text;
    const Break kind = break_before(word, next);
    if (kind == Break::as_given) {
        const auto begin = text.empty() ? std::min(word.separator.find_first_not_of('\n'), word.separator.size()) : 0;
        text.append(word.separator, begin);
        line_ = next;
        return;
    }
    if (kind == Break::space) {
        const float height = std::max(1.F, std::min(line_.bottom - line_.top, next.bottom - next.top));
        // Two words that poppler leaves unjoined and that stand apart: cells of a table, a number beside its heading.
        if (space_after_ || word.before == Break::space || next.begin - line_.end > height * 0.15F) text.push_back(' ');
        line_.end = std::max(line_.end, next.end);
        line_.top = std::min(line_.top, next.top);
        line_.bottom = std::max(line_.bottom, next.bottom);
        return;
    }
    const std::size_t hyphen = kind == Break::paragraph ? 0 : hyphen_bytes(text, word.text);
    if (hyphen > 0) {
        text.resize(text.size() - hyphen);
        auto& before = page_.words.back();
        before.end = static_cast<std::uint32_t>(text.size());
    } else {
        text.append(kind == Break::paragraph ? "\n\n" : "\n");
    }
    line_ = next;
}

void PageLayout::add(const PlacedWord& word) {
    if (word.text.empty() && word.separator.empty()) return;
    const Extent extent = extent_of(word);
    if (page_.words.empty() && word.before != Break::as_given) {
        line_ = extent;
    } else {
        separate(word, extent);
    }
    rotation_ = word.rotation;
    space_after_ = word.space_after;
    if (word.text.empty()) return;
    const auto begin = static_cast<std::uint32_t>(page_.text.size());
    page_.text.append(word.text);
    page_.words.push_back({begin, static_cast<std::uint32_t>(page_.text.size()), word.x0, word.y0, word.x1, word.y1});
}

Page PageLayout::take() {
    Page page = std::exchange(page_, {});
    *this = PageLayout();
    return page;
}

}  // namespace docmind
