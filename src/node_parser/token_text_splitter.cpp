#include "node_parser/token_text_splitter.hpp"

#include "node_parser/node_maker.hpp"

namespace docmind {

TokenTextSplitter::TokenTextSplitter(Params params, const TokenCounter& counter)
    : limits_{.tokens = params.chunk_size, .overlap = params.chunk_overlap}, measure_(limits_, counter) {
    limits_.check();
}

std::vector<Node> TokenTextSplitter::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    NodeMaker maker(document);
    for (const Page& page : document.pages) {
        maker.begin_page(page);
        const std::vector<Piece> words = measure_.measure(page.text, scan_words(page.text, {0, page.text.size()}), stop);
        const std::vector<Chunk> windows = pack(words, {0, words.size()}, limits_);
        for (const Passage& passage : measure_.verify(page.text, ranges_of(words, windows), stop)) maker.add(passage.range, passage.tokens);
        if (stop.stop_requested()) return {};
    }
    return maker.take();
}

std::string TokenTextSplitter::fingerprint() const {
    return "token/1 " + std::to_string(limits_.tokens) + "/" + std::to_string(limits_.overlap);
}

}  // namespace docmind
