#include "node_parser/markdown_node_parser.hpp"

#include "node_parser/markdown_scanner.hpp"
#include "node_parser/node_maker.hpp"
#include "node_parser/section_path.hpp"

#include <algorithm>

namespace docmind {

MarkdownNodeParser::MarkdownNodeParser(Params params, const TokenCounter& counter)
    : limits_{.tokens = params.chunk_size, .overlap = params.chunk_overlap}, measure_(limits_, counter) {
    limits_.check();
}

std::vector<Node> MarkdownNodeParser::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    const bool says_headings = std::ranges::any_of(document.pages, [](const Page& page) { return !page.headings.empty(); });
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        const std::vector<Heading> starts = section_starts(page.text, says_headings ? page.headings : scan_headings(page.text));
        maker.begin_page(page, starts);
        const PageBlocks blocks = scan_blocks(page.text, starts);
        std::vector<Piece> pieces = measure_.measure(page.text, blocks.units, stop);
        keep_together(blocks.groups, limits_, &pieces);
        std::vector<Chunk> chunks;
        std::vector<std::size_t> headings;  // of each chunk's section
        Chunk run;
        for (const Section& section : sections_of(page.text, starts)) {
            run.first = run.last;
            while (run.last < pieces.size() && pieces[run.last].begin < section.end) ++run.last;
            std::vector<Chunk> packed = pack(pieces, run, limits_);
            even_out_rest(pieces, limits_, &packed);
            chunks.insert(chunks.end(), packed.begin(), packed.end());
            headings.resize(chunks.size(), section.heading);
        }
        for (const Passage& passage : measure_.verify(page.text, ranges_of(pieces, chunks), stop))
            maker.add(passage.range, passage.tokens, headings[passage.source]);
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string MarkdownNodeParser::fingerprint() const {
    return "markdown/1 " + std::to_string(limits_.tokens) + "/" + std::to_string(limits_.overlap);
}

}  // namespace docmind
