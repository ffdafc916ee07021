#include "node_parser/sentence_window_node_parser.hpp"

#include "node_parser/test_splitting.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace test;
using testing::ElementsAre;

std::vector<Node> split(const Document& document, SentenceWindowNodeParser::Params params = {}) {
    const PieceCounter counter;
    std::vector<Node> nodes = SentenceWindowNodeParser(params, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, params.chunk_size, 0, counter);
    return nodes;
}

std::vector<std::string> texts(const std::vector<Node>& nodes) {
    std::vector<std::string> all;
    for (const Node& node : nodes) all.push_back(node.text);
    return all;
}

std::string context(const Document& document, const Node& node) {
    const std::string& text = document.pages[static_cast<std::size_t>(node.page) - 1].text;
    return text.substr(node.context_begin, node.context_end - node.context_begin);
}

const std::string a = "This is sentence number one.", b = "This is sentence number two.", c = "This is sentence number three.",
                  d = "This is sentence number four.", e = "This is sentence number five.";

TEST(SentenceWindowNodeParser, MakesAPassageOfEverySentence) {
    const Document document = document_of({a + " " + b + "\n" + c + "\n\n" + d, e});
    const std::vector<Node> nodes = split(document, {.window = 1});
    EXPECT_THAT(texts(nodes), ElementsAre(a, b, c, d, e));
    EXPECT_EQ(context(document, nodes[0]), a + " " + b);
    EXPECT_EQ(context(document, nodes[1]), a + " " + b + "\n" + c);
    EXPECT_EQ(context(document, nodes[3]), c + "\n\n" + d) << "not over the page";
    EXPECT_EQ(nodes[4].context_end, 0u) << "nothing stands around it";
}

TEST(SentenceWindowNodeParser, LooksNoFurtherThanTheSection) {
    Document document = document_of({a + " " + b + "\n\nThe next part\n\n" + c + " " + d});
    document.pages[0].headings = {{static_cast<std::uint32_t>(a.size() + b.size() + 3), 1, "The next part"}};
    const std::vector<Node> nodes = split(document, {.window = 5});
    EXPECT_THAT(texts(nodes), ElementsAre(a, b, "The next part\n\n" + c, d));
    EXPECT_EQ(context(document, nodes[1]), a + " " + b);
    EXPECT_EQ(nodes[1].section, "");
    EXPECT_EQ(context(document, nodes[3]), nodes[2].text + " " + d);
    EXPECT_EQ(nodes[3].section, "The next part");
}

TEST(SentenceWindowNodeParser, JoinsWhatIsTooShort) {
    EXPECT_THAT(texts(split(document_of({"Yes. No. " + a + " Oh! " + b + " So.", "Hm."}))),
                ElementsAre("Yes. No. " + a, "Oh! " + b + " So.", "Hm."));
}

TEST(SentenceWindowNodeParser, CutsASentenceThatIsTooLong) {
    const Document document = document_of({prose(3, 100)});
    const std::vector<Node> nodes = split(document, {.window = 2, .chunk_size = 64});
    EXPECT_GT(nodes.size(), 5u);
}

TEST(SentenceWindowNodeParser, HasNoContextWithoutAWindow) {
    for (const Node& node : split(document_of({prose(20)}), {.window = 0})) EXPECT_EQ(node.context_end, 0u);
}

TEST(SentenceWindowNodeParser, RefusesAWindowThatMakesNoSense) {
    const PieceCounter counter;
    EXPECT_THROW(SentenceWindowNodeParser({.window = 101}, counter), Error);
}

}  // namespace
}  // namespace docmind
