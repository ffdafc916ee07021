#pragma once
// "Has this document a structure to cut along?"

#include "node_parser/markdown_node_parser.hpp"
#include "node_parser/sentence_splitter.hpp"

namespace docmind {

/// MarkdownNodeParser for documents whose pages say headings or have a Markdown table, SentenceSplitter for all others.
class StructuredNodeParser : public NodeParser {
  public:
    /// As the two have them. `counter` outlives the splitter. Throws Error{invalid_argument}.
    StructuredNodeParser(SentenceSplitter::Params params, const TokenCounter& counter);

    [[nodiscard]] std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const override;
    [[nodiscard]] std::string fingerprint() const override;

  private:
    const MarkdownNodeParser markdown_;
    const SentenceSplitter sentence_;
};

}  // namespace docmind
