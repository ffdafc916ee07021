#include "retrieval/passage_context.hpp"

#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace docmind {

namespace {

using Mode = ContextComponent::Mode;
using Range = std::pair<std::uint32_t, std::uint32_t>;

/// A context: passages of the same one have the same.
using Context = std::tuple<std::string, int, Range>;

bool has_context(const Node& node) {
    return node.context_end > node.context_begin;
}

Context context_of(const Node& node) {
    return {node.document_id, node.page, {node.context_begin, node.context_end}};
}

/// The bytes that lie in any of them.
std::size_t covered(std::vector<Range> ranges) {
    std::ranges::sort(ranges);
    std::size_t bytes = 0;
    std::uint32_t end = 0;
    for (const auto& [begin, to] : ranges) {
        if (to > end) bytes += to - std::max(begin, end);
        end = std::max(end, to);
    }
    return bytes;
}

/// How many passages of each context were found, where they make up enough of it.
std::map<Context, std::size_t> merged_contexts(const std::vector<NodeWithScore>& nodes, std::size_t top_k, double least_share) {
    std::map<Context, std::vector<Range>> found;
    for (std::size_t i = 0; i < std::min(top_k, nodes.size()); ++i) {
        const Node& node = nodes[i].node;
        if (has_context(node)) found[context_of(node)].emplace_back(node.begin, node.end);
    }
    std::map<Context, std::size_t> merged;
    for (const auto& [context, ranges] : found) {
        const auto& [begin, end] = std::get<Range>(context);
        const double share = static_cast<double>(covered(ranges)) / (end - begin);
        if (ranges.size() > 1 && share >= least_share) merged.emplace(context, ranges.size());
    }
    return merged;
}

bool stands_in(const Node& node, const Node& shown) {
    return node.document_id == shown.document_id && node.page == shown.page && node.begin >= shown.begin && node.end <= shown.end;
}

struct NeededPage {
    std::string document_id;
    int number = 1;
    std::optional<Page> page;  ///< none where it is gone
};

Task<> read_page(VectorStore* vector_store, NeededPage* needed) {
    try {
        Page page = co_await vector_store->aget_page(needed->document_id, needed->number);
        needed->page = std::move(page);
    } catch (const Error& error) {
        if (error.code() != errc::not_found) throw;
    }
}

bool is_widened(const Node& node) {
    return node.end - node.begin > node.text.size();
}

}  // namespace

void check_params(const ContextComponent::Params& params) {
    if (!(params.least_share >= 0 && params.least_share <= 1)) throw Error(errc::invalid_argument, "least_share must be between 0 and 1.");
    if (params.pages_at_once == 0) throw Error(errc::invalid_argument, "pages_at_once must be at least 1.");
}

std::vector<NodeWithScore> plan_contexts(std::vector<NodeWithScore> nodes, std::size_t top_k, const ContextComponent::Params& params) {
    std::map<Context, std::size_t> merged;
    if (params.mode == Mode::merge) merged = merged_contexts(nodes, top_k, params.least_share);
    std::vector<NodeWithScore> shown;
    for (NodeWithScore& node : nodes) {
        if (shown.size() == top_k) break;
        const auto holder = std::ranges::find_if(shown, [&](const NodeWithScore& better) { return stands_in(node.node, better.node); });
        if (params.mode != Mode::none && holder != shown.end()) continue;
        if (has_context(node.node)) {
            const auto together = merged.find(context_of(node.node));
            if (together != merged.end())
                node.steps.push_back(fmt::format("{} passages of one part were found: shown as the part", together->second));
            if (params.mode == Mode::window) node.steps.emplace_back("shown with what stands around it");
            if (params.mode == Mode::window || together != merged.end())
                std::tie(node.node.begin, node.node.end) = std::pair(node.node.context_begin, node.node.context_end);
        }
        shown.push_back(std::move(node));
    }
    return shown;
}

Task<std::vector<NodeWithScore>> show_contexts(VectorStore* vector_store, ContextComponent::Params params, std::size_t top_k,
                                               std::vector<NodeWithScore> nodes) {
    std::vector<NodeWithScore> shown = plan_contexts(std::move(nodes), top_k, params);
    std::map<std::pair<std::string, int>, NeededPage> pages;
    for (const NodeWithScore& node : shown) {
        if (is_widened(node.node))
            pages.try_emplace({node.node.document_id, node.node.page}, NeededPage{node.node.document_id, node.node.page, std::nullopt});
    }
    std::vector<NeededPage*> needed;
    for (auto& [key, page] : pages) needed.push_back(&page);
    const auto read = [vector_store](NeededPage* page) { return read_page(vector_store, page); };
    co_await for_each_limited(std::move(needed), params.pages_at_once, read);
    for (NodeWithScore& found : shown) {
        Node& node = found.node;
        if (!is_widened(node)) continue;
        const std::optional<Page>& page = pages.at({node.document_id, node.page}).page;
        const std::size_t length = node.end - node.begin;
        // The document may have been replaced since the search: then the passage is no part of this page.
        if (!page || page->text.size() < node.end || page->text.find(node.text, node.begin) >= node.end) {
            node.end = node.begin + static_cast<std::uint32_t>(node.text.size());
            found.steps.emplace_back("its page is not the one it was found on: shown alone");
            continue;
        }
        node.tokens = static_cast<std::uint32_t>(node.tokens * length / std::max<std::size_t>(node.text.size(), 1));
        node.text = page->text.substr(node.begin, length);
        node.context_begin = node.context_end = 0;
    }
    co_return shown;
}

}  // namespace docmind
