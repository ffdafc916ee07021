#include "node_parser/code_splitter.hpp"

#include "node_parser/code_lines.hpp"
#include "node_parser/node_maker.hpp"
#include "node_parser/section_path.hpp"

#include <algorithm>
#include <limits>

namespace docmind {
namespace {

constexpr int inside_a_line = std::numeric_limits<int>::max();

/// What a cut before each piece costs.
std::vector<int> costs_of(const std::vector<Piece>& pieces, const std::vector<CodeLine>& lines) {
    std::vector<int> costs;
    costs.reserve(pieces.size());
    std::size_t line = 0;
    for (const Piece& piece : pieces) {
        while (line < lines.size() && lines[line].range.begin < piece.begin) ++line;
        costs.push_back(line < lines.size() && lines[line].range.begin == piece.begin ? lines[line].cut_cost : inside_a_line);
    }
    return costs;
}

/// Passages that are at least a quarter full and end where the next cut costs least; the longest of those.
std::vector<Chunk> pack_lines(const std::vector<Piece>& pieces, const std::vector<int>& costs, Chunk run, const PassageLimits& limits) {
    std::vector<Chunk> chunks;
    for (std::size_t first = run.first; first < run.last;) {
        std::size_t last = first + 1, tokens = pieces[first].tokens;
        std::size_t best = 0;  // the piece to cut before; 0 while nothing is worth a passage
        const auto consider = [&] {
            if (last < run.last && tokens * 4 >= limits.tokens && (best == 0 || costs[last] <= costs[best])) best = last;
        };
        consider();
        while (last < run.last && tokens + pieces[last].tokens <= limits.tokens &&
               pieces[last].end - pieces[first].begin <= limits.bytes()) {
            tokens += pieces[last++].tokens;
            consider();
        }
        if (last < run.last && best > 0) last = best;
        chunks.push_back({first, last});
        first = last;
    }
    return chunks;
}

}  // namespace

CodeSplitter::CodeSplitter(Params params, const TokenCounter& counter)
    : limits_{.tokens = params.chunk_size, .overlap = 0}, measure_(limits_, counter) {
    limits_.check();
}

std::vector<Node> CodeSplitter::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        const std::vector<Heading> starts = section_starts(page.text, page.headings);
        maker.begin_page(page, starts);
        const std::vector<CodeLine> lines = scan_code_lines(page.text, starts);
        std::vector<unicode::Range> units;
        units.reserve(lines.size());
        for (const CodeLine& line : lines) units.push_back(line.range);
        const std::vector<Piece> pieces = measure_.measure(page.text, units, stop);
        const std::vector<int> costs = costs_of(pieces, lines);
        std::vector<Chunk> chunks;
        std::vector<std::size_t> headings;  // of each chunk's section
        Chunk run;
        for (const Section& section : sections_of(page.text, starts)) {
            run.first = run.last;
            while (run.last < pieces.size() && pieces[run.last].begin < section.end) ++run.last;
            const std::vector<Chunk> packed = pack_lines(pieces, costs, run, limits_);
            chunks.insert(chunks.end(), packed.begin(), packed.end());
            headings.resize(chunks.size(), section.heading);
        }
        for (const Passage& passage : measure_.verify(page.text, ranges_of(pieces, chunks), stop))
            maker.add(passage.range, passage.tokens, headings[passage.source]);
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string CodeSplitter::fingerprint() const {
    return "code/1 " + std::to_string(limits_.tokens);
}

}  // namespace docmind
