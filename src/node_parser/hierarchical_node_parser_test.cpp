#include "node_parser/hierarchical_node_parser.hpp"

#include "node_parser/sentence_splitter.hpp"
#include "node_parser/test_splitting.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace docmind {
namespace {

using namespace test;

std::vector<Node> split(const Document& document, HierarchicalNodeParser::Params params) {
    const PieceCounter counter;
    std::vector<Node> nodes = HierarchicalNodeParser(params, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, params.chunk_sizes.back(), params.chunk_overlap, counter);
    return nodes;
}

using Span = std::pair<std::uint32_t, std::uint32_t>;
Span context(const Node& node) {
    return node.context_end > 0 ? Span{node.context_begin, node.context_end} : Span{node.begin, node.end};
}

TEST(HierarchicalNodeParser, GivesEveryPassageThePartItWasCutFrom) {
    const PieceCounter counter;
    const Document document = document_of({prose(100), prose(4)});
    const std::vector<Node> nodes = split(document, {.chunk_sizes = {256, 64}, .chunk_overlap = 16});
    std::set<std::pair<int, Span>> parts;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Span part = context(nodes[i]);
        parts.insert({nodes[i].page, part});
        const std::string text =
            document.pages[static_cast<std::size_t>(nodes[i].page) - 1].text.substr(part.first, part.second - part.first);
        EXPECT_LE(counter.count_tokens({text}).front(), 256u);
        const bool is_new = i == 0 || nodes[i - 1].page != nodes[i].page || context(nodes[i - 1]) != part;
        if (is_new) EXPECT_EQ(nodes[i].begin, part.first) << "a part begins with a passage";
        if (is_new && i > 0 && nodes[i - 1].page == nodes[i].page) EXPECT_GE(part.first, context(nodes[i - 1]).second) << "parts overlap";
        if (!is_new) EXPECT_LT(nodes[i].begin, nodes[i - 1].end) << "passages of a part do not overlap";
    }
    EXPECT_GT(parts.size(), 6u);
    EXPECT_GT(nodes.size(), parts.size() * 3);
}

TEST(HierarchicalNodeParser, TakesTheDirectPartOfThreeLevels) {
    const PieceCounter counter;
    const Document document = document_of({prose(400)});
    const std::vector<Node> nodes = split(document, {.chunk_sizes = {1024, 256, 64}, .chunk_overlap = 0});
    std::size_t most = 0;
    for (const Node& node : nodes) {
        const Span part = context(node);
        const std::string text = document.pages[0].text.substr(part.first, part.second - part.first);
        most = std::max<std::size_t>(most, counter.count_tokens({text}).front());
    }
    EXPECT_LE(most, 256u);
    EXPECT_GT(most, 200u);
}

TEST(HierarchicalNodeParser, BeginsPartsAtHeadings) {
    Document document = document_of({""});
    Page& page = document.pages[0];
    for (int s = 0; s < 6; ++s) {
        page.headings.push_back({static_cast<std::uint32_t>(page.text.size()), 1, "Part" + std::to_string(s)});
        page.text += "Part" + std::to_string(s) + "\n\n" + prose(10) + "\n";
    }
    for (const Node& node : split(document, {.chunk_sizes = {256, 64}, .chunk_overlap = 0})) {
        const Span part = context(node);
        EXPECT_EQ(page.text.substr(part.first, 4), "Part") << "of 160 tokens each, so two do not fit into one";
        EXPECT_EQ(page.text.substr(part.first, 5), node.section);
    }
}

TEST(HierarchicalNodeParser, HasNoContextWhereThePartIsThePassage) {
    const std::vector<Node> nodes = split(document_of({prose(3)}), {});
    ASSERT_EQ(nodes.size(), 1u);
    EXPECT_EQ(nodes[0].context_end, 0u);
}

TEST(HierarchicalNodeParser, RefusesSizesThatMakeNoSense) {
    const PieceCounter counter;
    const std::vector<std::vector<std::size_t>> wrong{{}, {256}, {256, 256}, {128, 256}, {1024, 512, 256, 128}, {64, 7}};
    for (const auto& sizes : wrong)
        EXPECT_THROW(HierarchicalNodeParser({.chunk_sizes = sizes, .chunk_overlap = 0}, counter), Error) << sizes.size();
    EXPECT_THROW(HierarchicalNodeParser({.chunk_sizes = {256, 64}, .chunk_overlap = 33}, counter), Error);
}

}  // namespace
}  // namespace docmind
