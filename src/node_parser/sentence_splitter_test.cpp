#include "node_parser/sentence_splitter.hpp"

#include "node_parser/document_title.hpp"
#include "node_parser/node_id.hpp"
#include "node_parser/test_splitting.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace docmind {
namespace {

using namespace test;

TEST(SentenceSplitter, KeepsItsPromisesForAnyText) {
    const PieceCounter counter;
    std::mt19937 random(20240607);
    for (int round = 0; round < 600; ++round) {
        const std::size_t size = 8 + random() % 120;
        const SentenceSplitter::Params params{.chunk_size = size, .chunk_overlap = random() % (size / 2 + 1)};
        std::vector<std::string> pages;
        for (std::size_t p = 0; p <= random() % 3; ++p) pages.push_back(random_text(random, random() % 700));
        const Document document = document_of(std::move(pages));
        const SentenceSplitter splitter(params, counter);
        const std::vector<Node> nodes = splitter.get_nodes_from_document(document, {});
        expect_valid(document, nodes, params.chunk_size, params.chunk_overlap, counter);
        if (HasFatalFailure()) FAIL() << "in round " << round;
    }
}

TEST(SentenceSplitter, KeepsTheSizeBoundWhenTokensDoNotAddUp) {
    const GreedyCounter counter;
    std::mt19937 random(7);
    for (int round = 0; round < 100; ++round) {
        const Document document = document_of({random_text(random, 600)});
        const std::vector<Node> nodes =
            SentenceSplitter({.chunk_size = 64, .chunk_overlap = 16}, counter).get_nodes_from_document(document, {});
        for (const Node& node : nodes) ASSERT_LE(counter.count_tokens({node.text}).front(), 64u);
    }
}

TEST(SentenceSplitter, PacksWholeSentencesAndRepeatsTheLastOnes) {
    const PieceCounter counter;
    const Document document = document_of({prose(40)});
    const SentenceSplitter splitter({.chunk_size = 64, .chunk_overlap = 20}, counter);
    const std::vector<Node> nodes = splitter.get_nodes_from_document(document, {});
    ASSERT_GT(nodes.size(), 5u);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        EXPECT_TRUE(nodes[i].text.starts_with("Sentence"));
        EXPECT_TRUE(nodes[i].text.ends_with("."));
        if (i > 0) EXPECT_LT(nodes[i].begin, nodes[i - 1].end) << "a sentence of 16 tokens fits into an overlap of 20";
        if (i + 2 < nodes.size()) EXPECT_GT(nodes[i].tokens, 44u) << "another sentence would have fitted";
    }
}

TEST(SentenceSplitter, RepeatsNothingWithoutAnOverlap) {
    const PieceCounter counter;
    const std::vector<Node> nodes =
        SentenceSplitter({.chunk_size = 64, .chunk_overlap = 0}, counter).get_nodes_from_document(document_of({prose(40)}), {});
    for (std::size_t i = 1; i < nodes.size(); ++i) EXPECT_GE(nodes[i].begin, nodes[i - 1].end);
}

TEST(SentenceSplitter, CutsASentenceThatIsTooLongBetweenWords) {
    const PieceCounter counter;
    const Document document = document_of({prose(1, 2000)});
    const SentenceSplitter::Params params{.chunk_size = 100, .chunk_overlap = 20};
    const std::vector<Node> nodes = SentenceSplitter(params, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, params.chunk_size, params.chunk_overlap, counter);
    ASSERT_GT(nodes.size(), 20u);
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        EXPECT_TRUE(nodes[i].text.starts_with("word"));
        EXPECT_LT(nodes[i].begin, nodes[i - 1].end) << "the cut is bridged by the overlap";
    }
}

TEST(SentenceSplitter, EvensOutAShortRestOfAPage) {
    const PieceCounter counter;
    for (std::size_t sentences = 6; sentences < 40; ++sentences) {
        const std::vector<Node> nodes =
            SentenceSplitter({.chunk_size = 80, .chunk_overlap = 0}, counter).get_nodes_from_document(document_of({prose(sentences)}), {});
        ASSERT_GE(nodes.size(), 2u);
        EXPECT_GE(nodes.back().tokens, 80u / 4) << sentences << " sentences";
    }
}

TEST(SentenceSplitter, NeverCrossesAPageAndSkipsEmptyOnes) {
    const PieceCounter counter;
    const Document document = document_of({"First page.", " \n ", "", "Fourth page.", "\u200B\uFEFF"});
    const std::vector<Node> nodes = SentenceSplitter({}, counter).get_nodes_from_document(document, {});
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_EQ(nodes[0].text, "First page.");
    EXPECT_EQ(nodes[0].page, 1);
    EXPECT_EQ(nodes[1].text, "Fourth page.");
    EXPECT_EQ(nodes[1].page, 4);
    EXPECT_EQ(nodes[1].ordinal, 1);
}

TEST(SentenceSplitter, CallsTheCounterTwiceAPage) {
    const PieceCounter counter;
    (void)SentenceSplitter({}, counter).get_nodes_from_document(document_of({prose(200), prose(200), prose(200)}), {});
    EXPECT_EQ(counter.calls, 6);
}

TEST(SentenceSplitter, GivesTheSameNodesAgainAndOthersForAnotherDocument) {
    const PieceCounter counter;
    const SentenceSplitter splitter({}, counter);
    const std::vector<Node> first = splitter.get_nodes_from_document(document_of({prose(90)}), {});
    const std::vector<Node> again = splitter.get_nodes_from_document(document_of({prose(90)}), {});
    const std::vector<Node> other = splitter.get_nodes_from_document(document_of({prose(90)}, "d2"), {});
    ASSERT_EQ(first.size(), again.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].id, again[i].id);
        EXPECT_EQ(first[i].text, again[i].text);
        EXPECT_NE(first[i].id, other[i].id);
    }
}

TEST(SentenceSplitter, NamesTwinPassagesOfADocumentApart) {
    EXPECT_NE(node_id("d", 1, "text"), node_id("d", 2, "text"));
    EXPECT_NE(node_id("d", 1, "1:text"), node_id("d1", 1, ":text"));
    EXPECT_EQ(node_id("d", 1, "text").size(), 32u);
}

TEST(SentenceSplitter, TakesSecondsForAHugeLine) {
    const PieceCounter counter;
    const SentenceSplitter splitter({}, counter);
    for (const std::string pattern : {"word ", "x", "日", ". ", "<- ", "\u200B"}) {
        std::string text;
        while (text.size() < 20'000'000) text += pattern;
        const Document document = document_of({std::move(text)});
        const auto start = std::chrono::steady_clock::now();
        const std::vector<Node> nodes = splitter.get_nodes_from_document(document, {});
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << pattern;
        for (const Node& node : nodes) ASSERT_LE(node.text.size(), 256u * 32u);
    }
}

TEST(SentenceSplitter, StopsSoonWhenAsked) {
    const PieceCounter counter;
    std::string text;
    while (text.size() < 20'000'000) text += "word ";
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(SentenceSplitter({}, counter).get_nodes_from_document(document_of({std::move(text), prose(90)}), stop.get_token()).empty());
    EXPECT_LE(counter.calls, 1);
}

// Retrieval was measured with these passages: for text without tables they stay what they are.
TEST(SentenceSplitter, CutsPlainTextAsItWasMeasured) {
    const PieceCounter counter;
    std::mt19937 random(99);
    std::vector<Node> nodes;
    for (int round = 0; round < 200; ++round) {
        const std::size_t sentences = 50 + random() % 50, words = 1 + random() % 40;
        std::vector<std::string> pages{random_text(random, 2000), prose(sentences, words)};
        const std::size_t size = 8 + random() % 250;
        const SentenceSplitter splitter({.chunk_size = size, .chunk_overlap = random() % (size / 2 + 1)}, counter);
        const std::vector<Node> some = splitter.get_nodes_from_document(document_of(std::move(pages)), {});
        nodes.insert(nodes.end(), some.begin(), some.end());
    }
    EXPECT_EQ(nodes.size(), 23072u);
    EXPECT_EQ(checksum(nodes), 10908590615583102982u);
}

TEST(SentenceSplitter, TellsTheSectionOfWhatAPassageAdds) {
    const PieceCounter counter;
    const std::string chapter = prose(12), part = prose(12);
    Document document = document_of({"Chapter\n\n" + chapter + "Part\n\n" + part, prose(6)});
    document.pages[0].headings = {{0, 1, "Chapter"}, {static_cast<std::uint32_t>(9 + chapter.size()), 2, "Part"}};
    const SentenceSplitter::Params params{.chunk_size = 64, .chunk_overlap = 20};
    const std::vector<Node> nodes = SentenceSplitter(params, counter).get_nodes_from_document(document, {});
    expect_valid(document, nodes, params.chunk_size, params.chunk_overlap, counter);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const bool same_page = i > 0 && nodes[i - 1].page == nodes[i].page;
        const std::size_t added = same_page ? std::max(nodes[i].begin, nodes[i - 1].end) : nodes[i].begin;
        const bool in_part = nodes[i].page == 2 || added >= 9 + chapter.size() - 2;
        EXPECT_EQ(nodes[i].section, in_part ? "Chapter › Part" : "Chapter") << i;
    }
    EXPECT_EQ(nodes.back().section, "Chapter › Part") << "a section goes on over the page";
}

TEST(SentenceSplitter, LeavesThePassagesOfOtherPagesAsTheyWere) {
    const PieceCounter counter;
    std::vector<std::string> pages(1000, prose(9));
    const std::vector<Node> before = SentenceSplitter({}, counter).get_nodes_from_document(document_of(pages), {});
    pages[0] += prose(40);
    const std::vector<Node> after = SentenceSplitter({}, counter).get_nodes_from_document(document_of(pages), {});
    ASSERT_GT(after.size(), before.size());
    for (std::size_t i = 0; before[before.size() - 1 - i].page > 1; ++i) {
        const Node &old = before[before.size() - 1 - i], &now = after[after.size() - 1 - i];
        ASSERT_EQ(old.text, now.text);
        ASSERT_EQ(old.title, now.title);
        ASSERT_EQ(old.section, now.section);
        ASSERT_EQ(old.page, now.page);
    }
}

TEST(SentenceSplitter, CutsATableBetweenItsRows) {
    const PieceCounter counter;
    std::string table = "| Part. Of what | Price. In crowns |\n| --- | --- |\n";
    for (int i = 0; i < 60; ++i) table += "| Wing no. " + std::to_string(i) + ". Painted | It is " + std::to_string(i * 7) + ". All in |\n";
    const Document document = document_of({prose(5) + table + "\n" + prose(5)});
    for (const std::size_t size : {40u, 64u, 100u}) {
        const std::vector<Node> nodes =
            SentenceSplitter({.chunk_size = size, .chunk_overlap = size / 4}, counter).get_nodes_from_document(document, {});
        expect_valid(document, nodes, size, size / 4, counter);
        for (const Node& node : nodes) {
            const std::string& text = document.pages[0].text;
            if (node.text.starts_with('|')) EXPECT_TRUE(node.begin == 0 || text[node.begin - 1] == '\n') << node.text;
            if (node.text.find('|') != std::string::npos)
                EXPECT_TRUE(node.text.starts_with('|') || node.text.starts_with("Sentence")) << node.text;
            if (node.text.ends_with('|')) EXPECT_EQ(text[node.end], '\n');
        }
    }
}

TEST(SentenceSplitter, NamesItselfAndItsParameters) {
    const PieceCounter counter;
    EXPECT_EQ(SentenceSplitter({}, counter).fingerprint(), "sentence/1 256/32");
    EXPECT_EQ(SentenceSplitter({.chunk_size = 64, .chunk_overlap = 0}, counter).fingerprint(), "sentence/1 64/0");
}

TEST(SentenceSplitter, RefusesSizesThatMakeNoSense) {
    const PieceCounter counter;
    EXPECT_THROW(SentenceSplitter({.chunk_size = 7, .chunk_overlap = 0}, counter), Error);
    EXPECT_THROW(SentenceSplitter({.chunk_size = 100, .chunk_overlap = 51}, counter), Error);
}

TEST(DocumentTitle, IsTheMetadatasUnlessThatSaysNothing) {
    const auto title = [](std::string name, Metadata metadata) {
        return document_title({.id = "", .name = std::move(name), .media_type = "", .pages = {}, .metadata = std::move(metadata)});
    };
    EXPECT_EQ(title("R-intro.pdf", {{"title", "  An Introduction\n to R "}}), "An Introduction to R");
    EXPECT_EQ(title("R-intro.pdf", {}), "R-intro");
    EXPECT_EQ(title("/a/b\\annual_report__2023.final.pdf", {{"title", "Untitled"}}), "annual report 2023.final");
    EXPECT_EQ(title("notes.md", {{"title", "Microsoft Word - x.doc"}}), "notes");
    EXPECT_EQ(title("version 1.2 of it", {}), "version 1.2 of it");
    EXPECT_EQ(title(".profile", {}), ".profile");
    const std::string longest = title("x", {{"title", std::string(199, 'a') + "日本"}});
    EXPECT_EQ(longest, std::string(199, 'a'));
}

}  // namespace
}  // namespace docmind
