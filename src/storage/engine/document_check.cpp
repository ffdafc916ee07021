#include "storage/engine/document_check.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

namespace docmind {

void check_document(const EmbeddedDocument& document, std::size_t dimension) {
    const auto refuse = [&](const std::string& why) {
        throw Error(errc::invalid_argument, fmt::format("{}: {}", document.document.name, why));
    };
    if (document.document.id.empty()) refuse("the document has no id.");
    std::map<int, std::size_t> page_bytes;
    for (const Page& page : document.document.pages) {
        if (!page_bytes.emplace(page.number, page.text.size()).second)
            refuse(fmt::format("there are two pages with the number {}.", page.number));
    }
    std::set<int> ordinals;
    std::set<std::string> ids;
    for (const EmbeddedNode& embedded : document.nodes) {
        const Node& node = embedded.node;
        if (node.id.empty() || !ids.insert(node.id).second) refuse(fmt::format("two nodes have the id \"{}\", or one has none.", node.id));
        if (!ordinals.insert(node.ordinal).second) refuse(fmt::format("two nodes are number {}.", node.ordinal));
        const auto page = page_bytes.find(node.page);
        if (page == page_bytes.end()) refuse(fmt::format("a node stands on page {}, which the document does not have.", node.page));
        if (node.begin > node.end || node.end > page->second) refuse(fmt::format("a node lies outside the text of page {}.", node.page));
        if (dimension == 0) dimension = embedded.embedding.size();
        if (embedded.embedding.empty() || embedded.embedding.size() != dimension) {
            refuse(fmt::format("a vector has {} components instead of {}. Reprocess the documents after a change of the model.",
                               embedded.embedding.size(), dimension));
        }
        for (const float x : embedded.embedding) {
            if (!std::isfinite(x)) refuse("a vector has a component that is not a number.");
        }
    }
}

}  // namespace docmind
