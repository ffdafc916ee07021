#include "node_parser/sentence_splitter.hpp"

#include "node_parser/node_maker.hpp"
#include "node_parser/sentence_scanner.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {
namespace {

using unicode::Range;

constexpr std::size_t bytes_per_count = 256 * 1024;  ///< text in one call of the counter
constexpr std::size_t bytes_per_word = 64;           ///< a longer word is cut
constexpr std::size_t bytes_per_token = 32;          ///< more than this many on average are not packed into a passage

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

/// Two halves, cut at white space near the middle if there is some, else between code points; the second is empty for one code point.
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
    return {unicode::trim(text, {range.begin, cut}), unicode::trim(text, {cut, range.end})};
}

}  // namespace

SentenceSplitter::SentenceSplitter(Params params, const TokenCounter& counter)
    : params_(params), counter_(counter), max_bytes_(params.chunk_size * bytes_per_token) {
    if (params_.chunk_size < 8) throw Error(errc::invalid_argument, "chunk_size must be at least 8 tokens.");
    if (params_.chunk_overlap * 2 > params_.chunk_size)
        throw Error(errc::invalid_argument, "chunk_overlap must be at most half of chunk_size.");
}

std::vector<Node> SentenceSplitter::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        maker.begin_page(page);
        for (const Passage& passage : split_page(page.text, stop)) maker.add(passage.range, passage.tokens);
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string SentenceSplitter::fingerprint() const {
    return "sentence/1 " + std::to_string(params_.chunk_size) + "/" + std::to_string(params_.chunk_overlap);
}

std::vector<SentenceSplitter::Passage> SentenceSplitter::split_page(std::string_view text, const std::stop_token& stop) const {
    const std::vector<Piece> pieces = measure(text, stop);
    std::vector<Chunk> chunks = pack(pieces);
    even_out_rest(pieces, &chunks);
    std::vector<Range> ranges;
    ranges.reserve(chunks.size());
    for (const Chunk& chunk : chunks) ranges.push_back({pieces[chunk.first].begin, pieces[chunk.last - 1].end});
    std::vector<Passage> passages = verify(text, std::move(ranges), stop);
    if (std::ranges::all_of(passages, [](const Passage& p) { return p.tokens == 0; })) passages.clear();
    return passages;
}

std::vector<std::uint32_t> SentenceSplitter::count(std::string_view text, const std::vector<Range>& ranges,
                                                   const std::stop_token& stop) const {
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

std::vector<SentenceSplitter::Piece> SentenceSplitter::measure(std::string_view text, const std::stop_token& stop) const {
    const std::vector<Range> sentences = scan_sentences(text);
    const std::size_t max_counted = max_bytes_ / 4;
    std::vector<Range> counted;
    std::ranges::copy_if(sentences, std::back_inserter(counted), [&](Range s) { return s.size() <= max_counted; });
    const std::vector<std::uint32_t> counts = count(text, counted, stop);
    std::vector<Piece> pieces;
    pieces.reserve(sentences.size());
    std::size_t next = 0;
    for (const Range& sentence : sentences) {
        const bool is_counted = sentence.size() <= max_counted;
        const std::size_t tokens = is_counted ? counts[next++] : 0;
        if (is_counted && tokens <= params_.chunk_size) {
            pieces.push_back({sentence.begin, sentence.end, std::max<std::size_t>(tokens, 1)});
        } else {
            cut_sentence(text, sentence, stop, &pieces);
        }
    }
    return pieces;
}

void SentenceSplitter::cut_sentence(std::string_view text, Range sentence, const std::stop_token& stop, std::vector<Piece>* pieces) const {
    std::vector<Range> units;
    std::size_t bytes = 0;
    for (Range rest = sentence; !rest.empty() && !stop.stop_requested();) {
        const std::size_t end = word_end(text, rest.begin, rest.end);
        units.push_back({rest.begin, end});
        bytes += end - rest.begin;
        rest = unicode::trim(text, {end, rest.end});
        if (bytes < bytes_per_count && !rest.empty()) continue;
        cut_units(text, std::exchange(units, {}), pieces);
        bytes = 0;
    }
}

/// Counts words and packs them into pieces that are small enough to serve as an overlap.
void SentenceSplitter::cut_units(std::string_view text, std::vector<Range> units, std::vector<Piece>* pieces) const {
    const std::size_t group = std::max<std::size_t>(params_.chunk_overlap > 0 ? params_.chunk_overlap : params_.chunk_size / 4, 1);
    const std::size_t group_bytes = max_bytes_ / 4;
    const std::vector<std::uint32_t> counts = count(text, units, {});
    Piece piece;
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::size_t tokens = std::max<std::size_t>(counts[i], 1);
        const bool fits = piece.tokens > 0 && piece.tokens + tokens <= group && units[i].end - piece.begin <= group_bytes;
        if (!fits) {
            if (piece.tokens > 0) pieces->push_back(piece);
            piece = {units[i].begin, units[i].begin, 0};
        }
        piece.end = units[i].end;
        piece.tokens += tokens;
    }
    if (piece.tokens > 0) pieces->push_back(piece);
}

/// Where the passage after [first, next) begins: as many whole pieces back as fit into the overlap, and leave room for piece `next`.
std::size_t SentenceSplitter::first_of_overlap(const std::vector<Piece>& pieces, std::size_t first, std::size_t next,
                                               std::size_t last) const {
    std::size_t needed = 0;
    for (std::size_t i = next; i < last; ++i) needed += pieces[i].tokens;
    std::size_t begin = next, overlap = 0;
    while (begin > first + 1) {
        const Piece& piece = pieces[begin - 1];
        overlap += piece.tokens;
        if (overlap > params_.chunk_overlap || overlap + needed > params_.chunk_size || pieces[last - 1].end - piece.begin > max_bytes_)
            break;
        --begin;
    }
    return begin;
}

std::vector<SentenceSplitter::Chunk> SentenceSplitter::pack(const std::vector<Piece>& pieces) const {
    std::vector<Chunk> chunks;
    for (std::size_t first = 0; first < pieces.size();) {
        std::size_t last = first + 1, tokens = pieces[first].tokens;
        while (last < pieces.size() && tokens + pieces[last].tokens <= params_.chunk_size &&
               pieces[last].end - pieces[first].begin <= max_bytes_) {
            tokens += pieces[last++].tokens;
        }
        chunks.push_back({first, last});
        if (last == pieces.size()) break;
        first = first_of_overlap(pieces, first, last, last + 1);
    }
    return chunks;
}

/// A last passage with less than a quarter of new text says too little by itself: the last two share their text evenly.
void SentenceSplitter::even_out_rest(const std::vector<Piece>& pieces, std::vector<Chunk>* chunks) const {
    if (chunks->size() < 2) return;
    Chunk& before = (*chunks)[chunks->size() - 2];
    Chunk& rest = chunks->back();
    std::size_t fresh = 0, total = 0;
    for (std::size_t i = before.last; i < rest.last; ++i) fresh += pieces[i].tokens;
    if (fresh * 4 >= params_.chunk_size) return;
    for (std::size_t i = before.first; i < rest.last; ++i) total += pieces[i].tokens;
    std::size_t middle = before.first, tokens = 0;
    while (middle < before.last && tokens * 2 < total) tokens += pieces[middle++].tokens;
    const std::size_t taken = chunks->size() > 2 ? (*chunks)[chunks->size() - 3].last : 0;
    if (middle <= std::max(before.first, taken) || middle >= before.last) return;
    if (total - tokens > params_.chunk_size || pieces[rest.last - 1].end - pieces[middle].begin > max_bytes_) return;
    rest.first = first_of_overlap(pieces, before.first, middle, rest.last);
    before.last = middle;
}

/// Measures the passages themselves. Tokens of parts need not add up to those of the whole, so one that came out too long is halved.
std::vector<SentenceSplitter::Passage> SentenceSplitter::verify(std::string_view text, std::vector<Range> ranges,
                                                                const std::stop_token& stop) const {
    std::vector<Passage> passages;
    bool too_long = true;
    while (too_long) {
        too_long = false;
        const std::vector<std::uint32_t> counts = count(text, ranges, stop);
        passages.clear();
        std::vector<Range> shorter;
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            const auto [left, right] = counts[i] > params_.chunk_size ? halve(text, ranges[i]) : std::pair<Range, Range>(ranges[i], {});
            too_long |= !right.empty();
            passages.push_back({left, counts[i]});
            shorter.push_back(left);
            if (!right.empty()) shorter.push_back(right);
        }
        if (too_long) ranges = std::move(shorter);
    }
    return passages;
}

}  // namespace docmind
