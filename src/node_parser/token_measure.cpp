#include "node_parser/token_measure.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace docmind {
namespace {

using unicode::Range;

constexpr std::size_t bytes_per_count = 256 * 1024;  ///< text in one call of the counter
constexpr std::size_t bytes_per_word = 64;           ///< a longer word is cut

/// Where a word of at most bytes_per_word that begins at `at` ends.
std::size_t word_end(std::string_view text, std::size_t at, std::size_t end) {
    std::size_t stop = at;
    while (stop < end) {
        const unicode::CodePoint c = unicode::decode(text, stop);
        if (unicode::is_space(c.value)) break;
        if (stop > at && stop + c.length - at > bytes_per_word) break;
        stop += c.length;
    }
    return stop;
}

/// The border of a table's row next to `cut`, which lies inside it; `cut` itself elsewhere, or where `range` is one row.
std::size_t row_border(std::string_view text, Range range, std::size_t cut) {
    const std::size_t newline = text.substr(range.begin, cut - range.begin).rfind('\n');
    const std::size_t line = newline == std::string_view::npos ? range.begin : range.begin + newline + 1;
    if (text[line] != '|') return cut;
    if (line > range.begin) return line;
    const std::size_t end = text.find('\n', cut);
    return end < range.end ? end : cut;
}

/// Two halves, cut between table rows or at white space near the middle if there is some, else between code points; the second is empty for
/// one code point.
std::pair<Range, Range> halve(std::string_view text, Range range) {
    const std::size_t middle = range.begin + range.size() / 2;
    std::size_t cut = unicode::floor_border(text, middle);
    for (std::size_t back = cut; back > range.begin && middle - back < range.size() / 4; --back) {
        if (text[back] == ' ' || text[back] == '\n') {
            cut = back;
            break;
        }
    }
    if (cut <= range.begin) cut = std::min(range.begin + unicode::decode(text, range.begin).length, range.end);
    if (cut < range.end) cut = row_border(text, range, cut);
    return {unicode::trim(text, {range.begin, cut}), unicode::trim(text, {cut, range.end})};
}

}  // namespace

std::vector<std::uint32_t> TokenMeasure::count(std::string_view text, const std::vector<Range>& ranges, const std::stop_token& stop) const {
    std::vector<std::uint32_t> counts;
    counts.reserve(ranges.size());
    std::vector<std::string> batch;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        batch.emplace_back(text.substr(ranges[i].begin, ranges[i].size()));
        bytes += ranges[i].size();
        if (bytes < bytes_per_count && i + 1 < ranges.size()) continue;
        // The caller throws away what it gets after a stop; zeros keep its indexes valid until then.
        if (stop.stop_requested()) break;
        const std::vector<std::uint32_t> counted = counter_.count_tokens(batch);
        if (counted.size() != batch.size()) throw Error(errc::internal, "The token counter gave another number of counts than of texts.");
        counts.insert(counts.end(), counted.begin(), counted.end());
        batch.clear();
        bytes = 0;
    }
    counts.resize(ranges.size());
    return counts;
}

std::vector<Piece> TokenMeasure::measure(std::string_view text, const std::vector<Range>& units, const std::stop_token& stop) const {
    const std::size_t max_counted = limits_.bytes() / 4;
    std::vector<Range> counted;
    std::ranges::copy_if(units, std::back_inserter(counted), [&](Range s) { return s.size() <= max_counted; });
    const std::vector<std::uint32_t> counts = count(text, counted, stop);
    std::vector<Piece> pieces;
    pieces.reserve(units.size());
    std::size_t next = 0;
    for (const Range& unit : units) {
        const bool is_counted = unit.size() <= max_counted;
        const std::size_t tokens = is_counted ? counts[next++] : 0;
        if (is_counted && tokens <= limits_.tokens) {
            pieces.push_back({unit.begin, unit.end, std::max<std::size_t>(tokens, 1)});
        } else {
            cut_unit(text, unit, stop, &pieces);
        }
    }
    return pieces;
}

void TokenMeasure::cut_unit(std::string_view text, Range unit, const std::stop_token& stop, std::vector<Piece>* pieces) const {
    std::vector<Range> words;
    std::size_t bytes = 0;
    for (Range rest = unit; !rest.empty() && !stop.stop_requested();) {
        const std::size_t end = word_end(text, rest.begin, rest.end);
        words.push_back({rest.begin, end});
        bytes += end - rest.begin;
        rest = unicode::trim(text, {end, rest.end});
        if (bytes < bytes_per_count && !rest.empty()) continue;
        cut_words(text, words, pieces);
        words.clear();
        bytes = 0;
    }
}

void TokenMeasure::cut_words(std::string_view text, const std::vector<Range>& words, std::vector<Piece>* pieces) const {
    const std::size_t group = std::max<std::size_t>(limits_.overlap > 0 ? limits_.overlap : limits_.tokens / 4, 1);
    const std::size_t group_bytes = limits_.bytes() / 4;
    const std::vector<std::uint32_t> counts = count(text, words, {});
    Piece piece;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t tokens = std::max<std::size_t>(counts[i], 1);
        const bool fits = piece.tokens > 0 && piece.tokens + tokens <= group && words[i].end - piece.begin <= group_bytes;
        if (!fits) {
            if (piece.tokens > 0) pieces->push_back(piece);
            piece = {words[i].begin, words[i].begin, 0};
        }
        piece.end = words[i].end;
        piece.tokens += tokens;
    }
    if (piece.tokens > 0) pieces->push_back(piece);
}

std::vector<Passage> TokenMeasure::verify(std::string_view text, const std::vector<Range>& ranges, const std::stop_token& stop) const {
    std::vector<Passage> passages;
    for (std::size_t i = 0; i < ranges.size(); ++i) passages.push_back({ranges[i], 0, i});
    bool too_long = true;
    while (too_long) {
        too_long = false;
        std::vector<Range> measured;
        for (const Passage& passage : passages) measured.push_back(passage.range);
        const std::vector<std::uint32_t> counts = count(text, measured, stop);
        std::vector<Passage> shorter;
        for (std::size_t i = 0; i < passages.size(); ++i) {
            const Passage& passage = passages[i];
            const auto [left, right] = counts[i] > limits_.tokens ? halve(text, passage.range) : std::pair<Range, Range>(passage.range, {});
            too_long |= !right.empty();
            shorter.push_back({left, counts[i], passage.source});
            if (!right.empty()) shorter.push_back({right, 0, passage.source});
        }
        passages = std::move(shorter);
    }
    if (std::ranges::all_of(passages, [](const Passage& p) { return p.tokens == 0; })) passages.clear();
    return passages;
}

std::vector<Range> scan_words(std::string_view text, Range range) {
    std::vector<Range> words;
    for (Range rest = unicode::trim(text, range); !rest.empty();) {
        const std::size_t end = word_end(text, rest.begin, rest.end);
        words.push_back({rest.begin, end});
        rest = unicode::trim(text, {end, rest.end});
    }
    return words;
}

}  // namespace docmind
