#include <docmind/error.hpp>
#include <docmind/splitters.hpp>

#include "node_parser/code_splitter.hpp"
#include "node_parser/hierarchical_node_parser.hpp"
#include "node_parser/markdown_node_parser.hpp"
#include "node_parser/sentence_splitter.hpp"
#include "node_parser/sentence_window_node_parser.hpp"
#include "node_parser/structured_node_parser.hpp"
#include "node_parser/token_text_splitter.hpp"

#include "node_parser/one_line.hpp"

namespace docmind {

std::unique_ptr<NodeParser> make_node_parser(const SplitterParams& params, const TokenCounter& counter) {
    const std::string& kind = params.kind;
    const std::size_t size = params.chunk_size, overlap = params.chunk_overlap;
    if (kind == "sentence") return std::make_unique<SentenceSplitter>(SentenceSplitter::Params{size, overlap}, counter);
    if (kind == "token") return std::make_unique<TokenTextSplitter>(TokenTextSplitter::Params{size, overlap}, counter);
    if (kind == "markdown") return std::make_unique<MarkdownNodeParser>(MarkdownNodeParser::Params{size, overlap}, counter);
    if (kind == "structured") return std::make_unique<StructuredNodeParser>(SentenceSplitter::Params{size, overlap}, counter);
    if (kind == "code") return std::make_unique<CodeSplitter>(CodeSplitter::Params{size}, counter);
    if (kind == "sentence_window")
        return std::make_unique<SentenceWindowNodeParser>(SentenceWindowNodeParser::Params{params.window, size}, counter);
    if (kind == "hierarchical") {
        HierarchicalNodeParser::Params sizes{params.chunk_sizes, overlap};
        if (sizes.chunk_sizes.empty()) sizes.chunk_sizes = {4 * size, size};
        return std::make_unique<HierarchicalNodeParser>(std::move(sizes), counter);
    }
    throw Error(errc::invalid_argument, "There is no splitter \"" + one_line(kind, 40) +
                                            "\". There are sentence, token, markdown, structured, code, sentence_window and hierarchical.");
}

}  // namespace docmind
