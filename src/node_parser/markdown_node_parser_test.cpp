#include "node_parser/markdown_node_parser.hpp"

#include "node_parser/structured_node_parser.hpp"
#include "node_parser/test_splitting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace test;
using testing::ElementsAre;

struct Told {
    std::string section, text;
    bool operator==(const Told&) const = default;
    friend void PrintTo(const Told& told, std::ostream* out) { *out << '[' << told.section << "] " << told.text; }
};

class MarkdownNodeParserTest : public testing::Test {
  protected:
    [[nodiscard]] std::vector<Node> split(const Document& document, MarkdownNodeParser::Params params = {}) const {
        std::vector<Node> nodes = MarkdownNodeParser(params, counter).get_nodes_from_document(document, {});
        expect_valid(document, nodes, params.chunk_size, params.chunk_overlap, counter);
        return nodes;
    }
    [[nodiscard]] static std::vector<Told> told(const std::vector<Node>& nodes) {
        std::vector<Told> all;
        for (const Node& node : nodes) all.push_back({node.section, node.text});
        return all;
    }
    const PieceCounter counter;
};

/// A heading on a line of its own, in the text and in the page's list.
void add_section(int level, const std::string& title, const std::string& body, Page* page) {
    if (!page->text.empty()) page->text += "\n\n";
    page->headings.push_back({static_cast<std::uint32_t>(page->text.size()), level, title});
    page->text += title + "\n\n" + body;
}

std::string table(int rows) {
    std::string text = "| Part | Price |\n| --- | --- |";
    for (int i = 0; i < rows; ++i) text += "\n| Wing. Number " + std::to_string(i) + ". Left | It costs 7. All in |";
    return text;
}

TEST_F(MarkdownNodeParserTest, CutsAtTheHeadingsThePagesSay) {
    Document document = document_of({"Before it all.", ""});
    add_section(1, "Engine", "It runs.", &document.pages[0]);
    add_section(2, "Oil", "Change it.", &document.pages[0]);
    document.pages[1].text = "Every year.";
    add_section(2, "Belt", "# is no heading here.", &document.pages[1]);
    EXPECT_THAT(told(split(document)),
                ElementsAre(Told{"", "Before it all."}, Told{"Engine", "Engine\n\nIt runs."}, Told{"Engine › Oil", "Oil\n\nChange it."},
                            Told{"Engine › Oil", "Every year."}, Told{"Engine › Belt", "Belt\n\n# is no heading here."}));
}

TEST_F(MarkdownNodeParserTest, FindsHeadingsInTextThatSaysNone) {
    const Document document = document_of(
        {"# Engine #\nIt runs.\n\nOil\n---\nChange it.\n## C#\n```\n# no heading\n```\n\na | b\n---\n#hashtag\n\nEnd\n=====\nGone."});
    EXPECT_THAT(told(split(document)), ElementsAre(Told{"Engine", "# Engine #\nIt runs."}, Told{"Engine › Oil", "Oil\n---\nChange it."},
                                                   Told{"Engine › C#", "## C#\n```\n# no heading\n```"},
                                                   Told{"Engine › a | b", "a | b\n---\n#hashtag"}, Told{"End", "End\n=====\nGone."}));
}

TEST_F(MarkdownNodeParserTest, KeepsAHeadingWithTheDeeperOneBelowIt) {
    Document document = document_of({""});
    add_section(1, "Engine", "", &document.pages[0]);
    add_section(2, "Oil", "Change it.", &document.pages[0]);
    add_section(1, "Gone", "", &document.pages[0]);
    add_section(1, "Wings", "Two.", &document.pages[0]);
    EXPECT_THAT(told(split(document)),
                ElementsAre(Told{"Engine › Oil", "Engine\n\n\n\nOil\n\nChange it."}, Told{"Gone", "Gone"}, Told{"Wings", "Wings\n\nTwo."}));
}

TEST_F(MarkdownNodeParserTest, PacksALongSectionWithoutLeavingIt) {
    Document document = document_of({""});
    for (int s = 0; s < 5; ++s) add_section(1, "Section" + std::to_string(s), prose(20), &document.pages[0]);
    const std::vector<Node> nodes = split(document, {.chunk_size = 64, .chunk_overlap = 20});
    ASSERT_GT(nodes.size(), 15u);
    for (const Node& node : nodes) {
        for (const Heading& heading : document.pages[0].headings)
            EXPECT_FALSE(node.begin < heading.begin && heading.begin < node.end) << node.text;
        EXPECT_GE(node.tokens, 16u) << "the rest of a section is evened out";
    }
}

TEST_F(MarkdownNodeParserTest, KeepsATableThatFitsWhole) {
    const Document document = document_of({prose(5) + "\n" + table(6) + "\n\n" + prose(5)});
    const std::vector<Node> nodes = split(document, {.chunk_size = 140, .chunk_overlap = 16});
    const auto has_it = [](const Node& node) { return node.text.find(table(6)) != std::string::npos; };
    EXPECT_TRUE(std::ranges::any_of(nodes, has_it));
    for (const Node& node : nodes) EXPECT_EQ(node.text.find('|') != std::string::npos, has_it(node)) << node.text;
}

TEST_F(MarkdownNodeParserTest, CutsATableThatDoesNotFitBetweenItsRows) {
    const Document document = document_of({prose(3) + "\n" + table(80) + "\n\n" + prose(3)});
    for (const std::size_t size : {40u, 64u, 128u}) {
        const std::vector<Node> nodes = split(document, {.chunk_size = size, .chunk_overlap = size / 4});
        for (const Node& node : nodes) {
            const std::string& text = document.pages[0].text;
            if (node.text.starts_with('|')) EXPECT_EQ(text[node.begin - 1], '\n');
            if (node.text.ends_with('|')) EXPECT_EQ(text[node.end], '\n');
            const std::size_t head = node.text.find("| Part");
            if (head != std::string::npos) EXPECT_NE(node.text.find("| Wing", head), std::string::npos) << "the head stands alone";
        }
    }
}

TEST_F(MarkdownNodeParserTest, CutsARowOnlyWhereTokensDoNotAddUpForOneRow) {
    const GreedyCounter greedy;
    const Document document = document_of({table(40)});
    const std::vector<Node> nodes =
        MarkdownNodeParser({.chunk_size = 64, .chunk_overlap = 16}, greedy).get_nodes_from_document(document, {});
    ASSERT_GT(nodes.size(), 5u);
    for (const Node& node : nodes) EXPECT_TRUE(node.text.starts_with('|') && node.text.ends_with('|')) << node.text;
}

TEST_F(MarkdownNodeParserTest, KeepsFencedCodeThatFitsWhole) {
    const std::string code = "```python\ndef f(x):\n    # half of it. Always\n\n    return x / 2\n```";
    const Document document = document_of({prose(7) + "\n" + code + "\n" + prose(7)});
    const std::vector<Node> nodes = split(document, {.chunk_size = 64, .chunk_overlap = 0});
    const auto has_it = [&](const Node& node) { return node.text.find(code) != std::string::npos; };
    EXPECT_EQ(std::ranges::count_if(nodes, has_it), 1);
}

TEST_F(MarkdownNodeParserTest, TakesAnOpenFenceToTheEndOfThePage) {
    const Document document = document_of({"Text.\n~~~~\n# a\n~~~\n```\n# b", "# Title\nText."});
    EXPECT_THAT(told(split(document)), ElementsAre(Told{"", "Text.\n~~~~\n# a\n~~~\n```\n# b"}, Told{"Title", "# Title\nText."}));
}

TEST_F(MarkdownNodeParserTest, DiffersFromSentencesOnlyWhereThereIsStructure) {
    const Document plain = document_of({prose(100), prose(3)});
    Document titled = plain, tabled = plain;
    titled.pages[1].headings = {{0, 1, "Sentence0"}};
    tabled.pages[1].text += "\n" + table(2);
    const SentenceSplitter sentence({}, counter);
    const MarkdownNodeParser markdown({}, counter);
    const StructuredNodeParser structured({}, counter);
    const auto sum = [](const NodeParser& parser, const Document& document) {
        return checksum(parser.get_nodes_from_document(document, {}));
    };
    EXPECT_EQ(sum(markdown, plain), sum(sentence, plain));
    EXPECT_EQ(sum(structured, plain), sum(sentence, plain));
    EXPECT_EQ(sum(structured, titled), sum(markdown, titled));
    EXPECT_EQ(sum(structured, tabled), sum(markdown, tabled));
    // What only looks like a heading is none of a text's structure.
    const Document script = document_of({"# set up\nrun\n# tear down\nstop"});
    EXPECT_NE(sum(markdown, script), sum(sentence, script));
    EXPECT_EQ(sum(structured, script), sum(sentence, script));
}

}  // namespace
}  // namespace docmind
