#include "node_parser/packing.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {
namespace {

/// Where the passage after [first, next) begins: as many whole pieces back as fit into the overlap, and leave room for [next, last).
std::size_t first_of_overlap(const std::vector<Piece>& pieces, const PassageLimits& limits, std::size_t first, std::size_t next,
                             std::size_t last) {
    std::size_t needed = 0;
    for (std::size_t i = next; i < last; ++i) needed += pieces[i].tokens;
    std::size_t begin = next, overlap = 0;
    while (begin > first + 1) {
        const Piece& piece = pieces[begin - 1];
        overlap += piece.tokens;
        if (overlap > limits.overlap || overlap + needed > limits.tokens || pieces[last - 1].end - piece.begin > limits.bytes()) break;
        --begin;
    }
    return begin;
}

}  // namespace

void PassageLimits::check() const {
    if (tokens < 8) throw Error(errc::invalid_argument, "chunk_size must be at least 8 tokens.");
    if (overlap * 2 > tokens) throw Error(errc::invalid_argument, "chunk_overlap must be at most half of chunk_size.");
}

std::vector<unicode::Range> ranges_of(const std::vector<Piece>& pieces, const std::vector<Chunk>& chunks) {
    std::vector<unicode::Range> ranges;
    ranges.reserve(chunks.size());
    for (const Chunk& chunk : chunks) ranges.push_back({pieces[chunk.first].begin, pieces[chunk.last - 1].end});
    return ranges;
}

void keep_together(const std::vector<unicode::Range>& groups, const PassageLimits& limits, std::vector<Piece>* pieces) {
    std::vector<Piece> kept;
    std::size_t next = 0;
    for (const unicode::Range& group : groups) {
        while (next < pieces->size() && (*pieces)[next].begin < group.begin) kept.push_back((*pieces)[next++]);
        const std::size_t first = next;
        std::size_t tokens = 0;
        while (next < pieces->size() && (*pieces)[next].end <= group.end) tokens += (*pieces)[next++].tokens;
        if (next == first) continue;
        const unicode::Range whole{(*pieces)[first].begin, (*pieces)[next - 1].end};
        if (tokens <= limits.tokens && whole.size() <= limits.bytes()) {
            kept.push_back({whole.begin, whole.end, tokens});
        } else {
            (*pieces)[first].opens = true;
            kept.insert(kept.end(), pieces->begin() + static_cast<std::ptrdiff_t>(first),
                        pieces->begin() + static_cast<std::ptrdiff_t>(next));
        }
    }
    kept.insert(kept.end(), pieces->begin() + static_cast<std::ptrdiff_t>(next), pieces->end());
    *pieces = std::move(kept);
}

std::vector<Chunk> pack(const std::vector<Piece>& pieces, Chunk run, const PassageLimits& limits) {
    std::vector<Chunk> chunks;
    std::size_t next = run.first;  // the first piece that is in no passage yet
    for (std::size_t first = run.first; first < run.last;) {
        std::size_t last = first, tokens = 0, fresh = 0;
        const auto fits = [&](const Piece& piece) {
            return tokens + piece.tokens <= limits.tokens && piece.end - pieces[first].begin <= limits.bytes() &&
                   !(piece.opens && fresh * 4 >= limits.tokens);
        };
        do {
            tokens += pieces[last].tokens;
            fresh += last >= next ? pieces[last].tokens : 0;
        } while (++last < run.last && fits(pieces[last]));
        chunks.push_back({first, last});
        if (last == run.last) break;
        next = last;
        first = first_of_overlap(pieces, limits, first, last, last + 1);
    }
    return chunks;
}

void even_out_rest(const std::vector<Piece>& pieces, const PassageLimits& limits, std::vector<Chunk>* chunks) {
    if (chunks->size() < 2) return;
    Chunk& before = (*chunks)[chunks->size() - 2];
    Chunk& rest = chunks->back();
    std::size_t fresh = 0, total = 0;
    for (std::size_t i = before.last; i < rest.last; ++i) fresh += pieces[i].tokens;
    if (fresh * 4 >= limits.tokens) return;
    for (std::size_t i = before.first; i < rest.last; ++i) total += pieces[i].tokens;
    std::size_t middle = before.first, tokens = 0;
    while (middle < before.last && tokens * 2 < total) tokens += pieces[middle++].tokens;
    const std::size_t taken = chunks->size() > 2 ? (*chunks)[chunks->size() - 3].last : 0;
    if (middle <= std::max(before.first, taken) || middle >= before.last) return;
    if (total - tokens > limits.tokens || pieces[rest.last - 1].end - pieces[middle].begin > limits.bytes()) return;
    rest.first = first_of_overlap(pieces, limits, before.first, middle, rest.last);
    before.last = middle;
}

}  // namespace docmind
