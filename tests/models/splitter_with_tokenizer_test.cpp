// The splitter measured by the embedding model's own tokenizer. Skipped where set-up has put no model.

#include "async/test_support.hpp"
#include "embeddings/model_test_support.hpp"
#include "node_parser/sentence_splitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace docmind {
namespace {

class SplitterWithTokenizer : public test::ModelTest {
  protected:
    void SetUp() override { need("embedding"); }
    static Document page(std::string text) {
        Document document{.id = "d", .name = "manual.txt", .media_type = "text/plain", .pages = {}, .metadata = {}};
        document.pages.push_back({.number = 1, .text = std::move(text)});
        return document;
    }
    void expect_bounds(const std::string& text, SentenceSplitter::Params params) {
        const Document document = page(text);
        const std::vector<Node> nodes = SentenceSplitter(params, embedding()).get_nodes_from_document(document, {});
        std::vector<std::string> texts;
        for (const Node& node : nodes) texts.push_back(node.text);
        const std::vector<std::uint32_t> counts = embedding().count_tokens(texts);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            ASSERT_EQ(text.substr(nodes[i].begin, nodes[i].end - nodes[i].begin), nodes[i].text);
            ASSERT_LE(counts[i], params.chunk_size);
            ASSERT_EQ(counts[i], nodes[i].tokens);
            if (i > 0 && nodes[i].begin < nodes[i - 1].end) {
                const std::string shared = text.substr(nodes[i].begin, nodes[i - 1].end - nodes[i].begin);
                ASSERT_LE(embedding().count_tokens({shared}).front(), params.chunk_overlap);
            }
        }
    }
};

const std::string manual =
    "2.1 Vectors and assignment\nR operates on named data structures. The simplest such structure is the numeric vector, which is a "
    "single\n"
    "entity consisting of an ordered collection of numbers. To set up a vector named x, say, consisting of five numbers, namely 10.4, "
    "5.6,\n"
    "3.1, 6.4 and 21.7, use the R command\n> x <- c(10.4, 5.6, 3.1, 6.4, 21.7)\nThis is an assignment statement using the function c() "
    "which in\n"
    "this context can take an arbitrary number of vector arguments, e.g. others.\n\n";

TEST_F(SplitterWithTokenizer, KeepsItsBoundsForProseAndCode) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += manual;
    expect_bounds(text, {});
    expect_bounds(text, {.chunk_size = 64, .chunk_overlap = 16});
    expect_bounds(text, {.chunk_size = 510, .chunk_overlap = 0});
}

TEST_F(SplitterWithTokenizer, KeepsItsBoundsForAnyText) {
    static const std::vector<std::string> atoms{"internationalization ",
                                                "word ",
                                                "日本語",
                                                "。",
                                                "🙂",
                                                ". ",
                                                "\n",
                                                "\n\n",
                                                "x",
                                                "(a, b) ",
                                                "Ünïcödé ",
                                                "\xFF",
                                                "12.5 ",
                                                "....",
                                                "  ",
                                                std::string(120, 'q'),
                                                "e\u0301",
                                                "\uFDFA",
                                                "ﬃ",
                                                "½"};
    std::mt19937 random(11);
    for (int round = 0; round < 30; ++round) {
        std::string text;
        const std::size_t kinds = 1 + random() % atoms.size(), offset = random() % atoms.size();
        for (int i = 0; i < 800; ++i) text += atoms[(offset + random() % kinds) % atoms.size()];
        expect_bounds(text, {.chunk_size = 16 + random() % 200, .chunk_overlap = 8});
        if (HasFatalFailure()) FAIL() << "in round " << round;
    }
}

TEST_F(SplitterWithTokenizer, SplitsAManualInSeconds) {
    std::string text;
    while (text.size() < 2'000'000) text += manual;
    const Document document = page(text);
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Node> nodes = SentenceSplitter({}, embedding()).get_nodes_from_document(document, {});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    EXPECT_GT(nodes.size(), 1000u);
    EXPECT_LT(seconds, 30);
    RecordProperty("kilobytes_per_second", static_cast<int>(2000 / seconds));
}

}  // namespace
}  // namespace docmind
