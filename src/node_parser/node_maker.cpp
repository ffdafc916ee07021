#include "node_parser/node_maker.hpp"

#include "node_parser/document_title.hpp"
#include "node_parser/node_id.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace docmind {

NodeMaker::NodeMaker(const Document& document) : document_(document), title_(document_title(document)) {}

void NodeMaker::begin_page(const Page& page) {
    begin_page(page, section_starts(page.text, page.headings));
}

void NodeMaker::begin_page(const Page& page, std::vector<Heading> starts) {
    if (page.text.size() > std::numeric_limits<std::uint32_t>::max()) throw Error(errc::too_large, "A page has more than 4 GB of text.");
    page_ = &page;
    said_ = 0;
    section_.begin_page(std::move(starts));
}

Node& NodeMaker::add(unicode::Range range, std::uint32_t tokens, std::size_t section_at) {
    const std::size_t added = unicode::trim(page_->text, {std::max(range.begin, said_), range.end}).begin;
    said_ = range.end;
    Node& node = nodes_.emplace_back();
    node.document_id = document_.id;
    node.ordinal = static_cast<int>(nodes_.size() - 1);
    node.page = page_->number;
    node.begin = static_cast<std::uint32_t>(range.begin);
    node.end = static_cast<std::uint32_t>(range.end);
    node.text = page_->text.substr(range.begin, range.size());
    node.title = title_;
    node.section = section_.at(std::max(added, section_at));
    node.tokens = tokens;
    node.id = node_id(node.document_id, node.ordinal, node.text);
    return node;
}

std::vector<Node> NodeMaker::take() {
    return std::exchange(nodes_, {});
}

void set_context(unicode::Range context, Node* node) {
    if (context.begin == node->begin && context.end == node->end) return;
    node->context_begin = static_cast<std::uint32_t>(context.begin);
    node->context_end = static_cast<std::uint32_t>(context.end);
}

}  // namespace docmind
