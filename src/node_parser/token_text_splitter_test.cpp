#include "node_parser/token_text_splitter.hpp"

#include "node_parser/test_splitting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace test;

TEST(TokenTextSplitter, MakesFullWindowsOfWordsWithAnOverlap) {
    const PieceCounter counter;
    const Document document = document_of({prose(50), "Short."});
    const TokenTextSplitter::Params params{.chunk_size = 64, .chunk_overlap = 16};
    const std::vector<Node> nodes = TokenTextSplitter(params, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, params.chunk_size, params.chunk_overlap, counter);
    ASSERT_GT(nodes.size(), 10u);
    EXPECT_EQ(nodes.back().text, "Short.");
    const std::string& text = document.pages[0].text;
    for (std::size_t i = 0; i + 2 < nodes.size(); ++i) {
        // "Sentence12." has four tokens.
        EXPECT_GT(nodes[i].tokens, 60u);
        EXPECT_TRUE(nodes[i].begin == 0 || std::isspace(text[nodes[i].begin - 1]) != 0);
        EXPECT_TRUE(std::isspace(text[nodes[i].end]) != 0);
        if (i == 0) continue;
        const std::string shared = text.substr(nodes[i].begin, nodes[i - 1].end - nodes[i].begin);
        EXPECT_GT(counter.count_tokens({shared}).front(), 12u);
    }
}

TEST(TokenTextSplitter, CutsAWordThatIsTooLong) {
    const PieceCounter counter;
    const Document document = document_of({"a " + std::string(3000, 'x') + " b"});
    const std::vector<Node> nodes =
        TokenTextSplitter({.chunk_size = 40, .chunk_overlap = 0}, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, 40, 0, counter);
    EXPECT_GT(nodes.size(), 10u);
}

}  // namespace
}  // namespace docmind
