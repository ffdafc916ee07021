#include "readers/text_sanitizer.hpp"

#include "readers/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace docmind {

namespace {

enum class Fate { keep, drop, newline };

Fate fate_of(char32_t c) {
    if (c == U'\n' || c == U'\t') return Fate::keep;
    if (c == U'\f' || c == U'\v' || c == U'\r' || c == 0x85 || c == 0x2028 || c == 0x2029) return Fate::newline;
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return Fate::drop;
    if (c < 0xAD) return Fate::keep;
    const bool hidden = c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
                        (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
    return hidden ? Fate::drop : Fate::keep;
}

/// Copies the text; `at(old, new)` is called before each character and at the end, with both offsets.
template <class Position>
std::string clean(std::string_view text, Position at) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        at(i, out.size());
        const auto [c, length] = utf8::decode(text.substr(i));
        const bool carriage_return = c == U'\r' && i + 1 < text.size() && text[i + 1] == '\n';
        const Fate fate = carriage_return ? Fate::drop : fate_of(c);
        if (fate == Fate::newline) out.push_back('\n');
        if (fate == Fate::keep) utf8::append(out, c);
        i += length;
    }
    at(text.size(), out.size());
    return out;
}

float finite(float value) {
    return std::isfinite(value) ? value : 0.F;
}

}  // namespace

std::string sanitize(std::string_view text) {
    return clean(text, [](std::size_t, std::size_t) {});
}

void sanitize(Page& page) {
    std::vector<WordBox> sane;
    sane.reserve(page.words.size());
    std::uint32_t previous_end = 0;
    for (const auto& word : page.words) {
        if (word.begin >= word.end || word.end > page.text.size() || word.begin < previous_end) continue;
        previous_end = word.end;
        sane.push_back(word);
    }
    std::erase_if(page.headings, [&page](const Heading& heading) { return heading.begin > page.text.size(); });
    std::ranges::sort(page.headings, {}, [](const Heading& heading) { return std::pair(heading.begin, heading.level); });
    // Offsets only grow, so one walk over the text moves them all: 2k is the begin of word k, 2k + 1 its end.
    std::size_t next = 0, next_heading = 0;
    const auto edge = [&sane](std::size_t k) -> std::uint32_t& { return k % 2 == 0 ? sane[k / 2].begin : sane[k / 2].end; };
    page.text = clean(page.text, [&](std::size_t old_offset, std::size_t new_offset) {
        while (next < 2 * sane.size() && edge(next) <= old_offset) edge(next++) = static_cast<std::uint32_t>(new_offset);
        while (next_heading < page.headings.size() && page.headings[next_heading].begin <= old_offset)
            page.headings[next_heading++].begin = static_cast<std::uint32_t>(new_offset);
    });
    for (Heading& heading : page.headings) heading.title = sanitize(heading.title);
    std::erase_if(page.headings, [](const Heading& heading) { return heading.title.empty(); });
    std::erase_if(sane, [](const WordBox& word) { return word.begin >= word.end; });
    for (auto& word : sane) {
        for (float* value : {&word.x0, &word.y0, &word.x1, &word.y1}) *value = finite(*value);
    }
    page.words = std::move(sane);
    page.width = std::max(0.F, finite(page.width));
    page.height = std::max(0.F, finite(page.height));
}

}  // namespace docmind
