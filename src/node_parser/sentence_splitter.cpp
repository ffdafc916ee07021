#include "node_parser/sentence_splitter.hpp"

#include "node_parser/node_maker.hpp"
#include "node_parser/sentence_scanner.hpp"

namespace docmind {

SentenceSplitter::SentenceSplitter(Params params, const TokenCounter& counter)
    : limits_{.tokens = params.chunk_size, .overlap = params.chunk_overlap}, measure_(limits_, counter) {
    limits_.check();
}

std::vector<Node> SentenceSplitter::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        maker.begin_page(page);
        const std::vector<Piece> pieces = measure_.measure(page.text, scan_sentences(page.text), stop);
        std::vector<Chunk> chunks = pack(pieces, {0, pieces.size()}, limits_);
        even_out_rest(pieces, limits_, &chunks);
        for (const Passage& passage : measure_.verify(page.text, ranges_of(pieces, chunks), stop)) maker.add(passage.range, passage.tokens);
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string SentenceSplitter::fingerprint() const {
    return "sentence/1 " + std::to_string(limits_.tokens) + "/" + std::to_string(limits_.overlap);
}

}  // namespace docmind
