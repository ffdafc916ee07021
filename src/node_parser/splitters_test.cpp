// What all splitters promise, whatever the text.

#include <docmind/error.hpp>
#include <docmind/splitters.hpp>

#include "node_parser/test_splitting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace test;

constexpr const char* kinds[] = {"sentence", "token", "markdown", "structured", "code", "sentence_window", "hierarchical"};

std::size_t overlap_of(const SplitterParams& params) {
    return params.kind == "code" || params.kind == "sentence_window" ? 0 : params.chunk_overlap;
}

/// Text with what splitters look for: headings, tables, fences, code.
std::string random_markup(std::mt19937& random, std::size_t atoms) {
    static const std::vector<std::string> all{"\n# Title\n",
                                              "\n\n## Part. One ##\n",
                                              "\nUnder\n=====\n",
                                              "\n\nLine\n---\n",
                                              "\n| a | b. C |\n",
                                              "| --- | --- |\n",
                                              "| long cell. With words | 12.5 |\n",
                                              "\n```\n",
                                              "\n~~~~ python\n",
                                              "~~~~\n",
                                              "    return x;\n",
                                              "def f(a):\n",
                                              "\t}\n",
                                              "} else {\n",
                                              "|",
                                              "#",
                                              "\n",
                                              "\n\n",
                                              "// note\n",
                                              " word",
                                              " Word. Next",
                                              "日本。",
                                              "\xFF",
                                              "- item\n",
                                              "   ",
                                              std::string(90, '|'),
                                              std::string(130, 'z')};
    std::string text;
    const std::size_t few = 1 + random() % all.size(), offset = random() % all.size();
    for (std::size_t i = 0; i < atoms; ++i) text += all[(offset + random() % few) % all.size()];
    return text;
}

Document random_document(std::mt19937& random, bool with_headings) {
    std::vector<std::string> texts;
    const std::size_t pages = 1 + random() % 3;
    for (std::size_t p = 0; p < pages; ++p) {
        const std::size_t atoms = random() % 500;
        texts.push_back(random() % 2 == 0 ? random_text(random, atoms) : random_markup(random, atoms));
    }
    Document document = document_of(std::move(texts));
    for (Page& page : document.pages) {
        for (std::size_t left = with_headings ? random() % 12 : 0; left > 0; --left) {
            const auto begin = static_cast<std::uint32_t>(random() % (page.text.size() + 20));
            const auto level = static_cast<int>(random() % 5);
            page.headings.push_back({begin, level, "title " + std::to_string(left)});
        }
    }
    return document;
}

class Splitters : public testing::TestWithParam<const char*> {
  protected:
    [[nodiscard]] SplitterParams params(std::size_t size = 256, std::size_t overlap = 32) const {
        return {.kind = GetParam(), .chunk_size = size, .chunk_overlap = overlap};
    }
    const PieceCounter counter;
};
INSTANTIATE_TEST_SUITE_P(AllKinds, Splitters, testing::ValuesIn(kinds), [](const auto& info) { return std::string(info.param); });

TEST_P(Splitters, KeepTheirPromisesForAnyText) {
    std::mt19937 random(20240607);
    for (int round = 0; round < 400; ++round) {
        const std::size_t size = 8 + random() % 120;
        SplitterParams chosen = params(size, random() % (size / 2 + 1));
        chosen.window = random() % 5;
        if (round % 3 == 0) chosen.chunk_sizes = {size * 5, size * 2, size};
        const Document document = random_document(random, round % 4 > 0);
        const std::vector<Node> nodes = make_node_parser(chosen, counter)->get_nodes_from_document(document, {});
        expect_valid(document, nodes, size, overlap_of(chosen), counter);
        if (HasFatalFailure()) FAIL() << "in round " << round;
    }
}

TEST_P(Splitters, KeepTheSizeBoundWhenTokensDoNotAddUp) {
    const GreedyCounter greedy;
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        const Document document = random_document(random, true);
        const std::vector<Node> nodes = make_node_parser(params(32, 8), greedy)->get_nodes_from_document(document, {});
        for (const Node& node : nodes) {
            ASSERT_LE(greedy.count_tokens({node.text}).front(), 32u);
            if (node.context_end > 0) ASSERT_TRUE(node.context_begin <= node.begin && node.context_end >= node.end);
        }
    }
}

TEST_P(Splitters, TakeSecondsForAHugePage) {
    const auto splitter = make_node_parser(params(), counter);
    for (const std::string pattern : {"x", "word ", "日", "|", "| a |\n", "```\n", "# a\n", "a\n---\n\n", "{\n", " \n", "a\n=", "\u200B"}) {
        std::string text;
        while (text.size() < 3'000'000) text += pattern;
        const Document document = document_of({std::move(text)});
        const auto start = std::chrono::steady_clock::now();
        const std::vector<Node> nodes = splitter->get_nodes_from_document(document, {});
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << pattern;
        for (const Node& node : nodes) ASSERT_LE(node.text.size(), 256u * 32u);
    }
}

TEST_P(Splitters, TakeSecondsForManyHeadings) {
    std::string text;
    while (text.size() < 1'000'000) text += "word ";
    Document document = document_of({text + std::string(1'000'000, ' ')});
    for (std::uint32_t i = 0; i < 200'000; ++i) document.pages[0].headings.push_back({i * 10, static_cast<int>(i % 12), "word"});
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Node> nodes = make_node_parser(params(), counter)->get_nodes_from_document(document, {});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    EXPECT_FALSE(nodes.empty());
}

TEST_P(Splitters, StopSoonWhenAsked) {
    std::string text;
    while (text.size() < 5'000'000) text += "word ";
    std::stop_source stop;
    stop.request_stop();
    const Document document = document_of({std::move(text), prose(90)});
    EXPECT_TRUE(make_node_parser(params(), counter)->get_nodes_from_document(document, stop.get_token()).empty());
    EXPECT_LE(counter.calls, 1);
}

TEST_P(Splitters, GiveTheSameAgain) {
    std::mt19937 random(3);
    const Document document = random_document(random, true);
    const auto one = make_node_parser(params(), counter), other = make_node_parser(params(), counter);
    EXPECT_EQ(checksum(one->get_nodes_from_document(document, {})), checksum(other->get_nodes_from_document(document, {})));
    EXPECT_EQ(one->fingerprint(), other->fingerprint());
    EXPECT_TRUE(one->fingerprint().starts_with(std::string(GetParam()) + "/1 ")) << one->fingerprint();
}

TEST_P(Splitters, LeaveThePassagesOfOtherPagesAsTheyWere) {
    std::vector<std::string> pages(1000, prose(9));
    const auto splitter = make_node_parser(params(), counter);
    const std::vector<Node> before = splitter->get_nodes_from_document(document_of(pages), {});
    pages[0] += prose(60);
    const std::vector<Node> after = splitter->get_nodes_from_document(document_of(pages), {});
    ASSERT_GT(after.size(), before.size());
    for (std::size_t back = 1; before[before.size() - back].page > 1; ++back) {
        const Node &old = before[before.size() - back], &now = after[after.size() - back];
        ASSERT_EQ(old.title + old.section + old.text, now.title + now.section + now.text);
        ASSERT_EQ(old.page, now.page);
    }
}

TEST_P(Splitters, CallTheCounterTwiceAPage) {
    const std::vector<std::string> pages(3, prose(200));
    (void)make_node_parser(params(), counter)->get_nodes_from_document(document_of(pages), {});
    EXPECT_EQ(counter.calls, 6);
}

TEST_P(Splitters, MakeNothingOfNothing) {
    const auto splitter = make_node_parser(params(), counter);
    EXPECT_TRUE(splitter->get_nodes_from_document(document_of({}), {}).empty());
    Document document = document_of({"", " \n ", "\u200B\uFEFF"});
    document.pages[1].headings = {{0, 1, "A sheet"}, {3, 2, ""}};
    EXPECT_TRUE(splitter->get_nodes_from_document(document, {}).empty());
}

TEST_P(Splitters, RefuseSizesThatMakeNoSense) {
    EXPECT_THROW((void)make_node_parser(params(7, 0), counter), Error);
    if (overlap_of(params()) > 0) EXPECT_THROW((void)make_node_parser(params(100, 51), counter), Error);
}

TEST(MakeNodeParser, NamesTheKindsItKnows) {
    const PieceCounter counter;
    try {
        (void)make_node_parser({.kind = "sentences"}, counter);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::invalid_argument);
        for (const char* kind : kinds) EXPECT_THAT(error.what(), testing::HasSubstr(kind));
        EXPECT_THAT(error.what(), testing::HasSubstr("\"sentences\""));
    }
}

TEST(MakeNodeParser, TellsEveryParameterThatMattersInTheFingerprint) {
    const PieceCounter counter;
    std::set<std::string> fingerprints;
    std::size_t made = 0;
    const auto add = [&](SplitterParams params) {
        ++made;
        fingerprints.insert(make_node_parser(params, counter)->fingerprint());
    };
    for (const char* kind : kinds) {
        add({.kind = kind});
        add({.kind = kind, .chunk_size = 128});
        if (overlap_of({.kind = kind}) > 0) add({.kind = kind, .chunk_overlap = 16});
    }
    add({.kind = "sentence_window", .window = 2});
    add({.kind = "hierarchical", .chunk_sizes = {2048, 256}});
    add({.kind = "hierarchical", .chunk_sizes = {2048, 512, 256}});
    EXPECT_EQ(fingerprints.size(), made);
    EXPECT_EQ(make_node_parser({.kind = "hierarchical"}, counter)->fingerprint(), "hierarchical/1 1024>256/32");
}

}  // namespace
}  // namespace docmind
