#include "node_parser/sentence_window_node_parser.hpp"

#include "node_parser/markdown_scanner.hpp"
#include "node_parser/node_maker.hpp"
#include "node_parser/section_path.hpp"

#include <docmind/error.hpp>

#include <algorithm>

namespace docmind {
namespace {

constexpr std::size_t shortest = 5;  ///< tokens of a passage
constexpr std::size_t widest = 100;

}  // namespace

SentenceWindowNodeParser::SentenceWindowNodeParser(Params params, const TokenCounter& counter)
    : window_(params.window), limits_{.tokens = params.chunk_size, .overlap = 0}, measure_(limits_, counter) {
    limits_.check();
    if (window_ > widest) throw Error(errc::invalid_argument, "window must be at most 100 sentences.");
}

std::vector<Chunk> SentenceWindowNodeParser::join_short(const std::vector<Piece>& pieces, Chunk run) const {
    std::vector<Chunk> chunks;
    std::size_t tokens = 0;  // of the last chunk
    for (std::size_t i = run.first; i < run.last; ++i) {
        const Piece& piece = pieces[i];
        const bool is_end = i + 1 == run.last && piece.tokens < shortest;
        const bool joins = !chunks.empty() && (tokens < shortest || is_end) && tokens + piece.tokens <= limits_.tokens &&
                           piece.end - pieces[chunks.back().first].begin <= limits_.bytes();
        if (joins) {
            chunks.back().last = i + 1;
            tokens += piece.tokens;
        } else {
            chunks.push_back({i, i + 1});
            tokens = piece.tokens;
        }
    }
    return chunks;
}

std::vector<Node> SentenceWindowNodeParser::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        const std::vector<Heading> starts = section_starts(page.text, page.headings);
        maker.begin_page(page, starts);
        const std::vector<Piece> pieces = measure_.measure(page.text, scan_blocks(page.text, starts).units, stop);
        std::vector<unicode::Range> sentences;
        struct Around {
            std::size_t first, last, heading;
        };
        std::vector<Around> around;
        Chunk run;
        for (const Section& section : sections_of(page.text, starts)) {
            run.first = run.last;
            while (run.last < pieces.size() && pieces[run.last].begin < section.end) ++run.last;
            const std::vector<unicode::Range> joined = ranges_of(pieces, join_short(pieces, run));
            const std::size_t first = sentences.size(), last = first + joined.size();
            sentences.insert(sentences.end(), joined.begin(), joined.end());
            for (std::size_t i = first; i < last; ++i)
                around.push_back({i - std::min(window_, i - first), std::min(i + window_, last - 1), section.heading});
        }
        for (const Passage& passage : measure_.verify(page.text, sentences, stop)) {
            const auto [first, last, heading] = around[passage.source];
            Node& node = maker.add(passage.range, passage.tokens, heading);
            set_context({sentences[first].begin, sentences[last].end}, &node);
        }
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string SentenceWindowNodeParser::fingerprint() const {
    return "sentence_window/1 " + std::to_string(limits_.tokens) + " " + std::to_string(window_);
}

}  // namespace docmind
