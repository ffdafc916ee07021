#include "node_parser/structured_node_parser.hpp"

#include "node_parser/markdown_scanner.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

StructuredNodeParser::StructuredNodeParser(SentenceSplitter::Params params, const TokenCounter& counter)
    : markdown_({.chunk_size = params.chunk_size, .chunk_overlap = params.chunk_overlap}, counter), sentence_(params, counter) {}

std::vector<Node> StructuredNodeParser::get_nodes_from_document(const Document& document, std::stop_token stop) const {
    const bool is_structured =
        std::ranges::any_of(document.pages, [](const Page& page) { return !page.headings.empty() || has_table(page.text); });
    return is_structured ? markdown_.get_nodes_from_document(document, std::move(stop))
                         : sentence_.get_nodes_from_document(document, std::move(stop));
}

std::string StructuredNodeParser::fingerprint() const {
    return "structured/1 (" + markdown_.fingerprint() + ", " + sentence_.fingerprint() + ")";
}

}  // namespace docmind
