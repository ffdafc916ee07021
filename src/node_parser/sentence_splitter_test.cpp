#include "node_parser/sentence_splitter.hpp"

#include "node_parser/document_title.hpp"
#include "node_parser/node_id.hpp"
#include "node_parser/unicode.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <string>

namespace docmind {
namespace {

/// Counts as WordPiece does: a space counts nothing, a mark or a CJK character one, a word one per four bytes, and a word over 100 bytes is
/// one "unknown".
class PieceCounter : public TokenCounter {
  public:
    std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override {
        ++calls;
        std::vector<std::uint32_t> counts;
        for (const std::string& text : texts) counts.push_back(count(text));
        return counts;
    }
    static std::uint32_t count(std::string_view text) {
        std::uint32_t tokens = 0;
        std::size_t word = 0;
        const auto end_word = [&] {
            tokens += word == 0 ? 0 : word > 100 ? 1 : static_cast<std::uint32_t>((word + 3) / 4);
            word = 0;
        };
        for (std::size_t at = 0; at < text.size();) {
            const unicode::CodePoint c = unicode::decode(text, at);
            at += c.length;
            const bool letter = (c.value < 0x80 && std::isalnum(static_cast<int>(c.value)) != 0) || (c.value >= 0xC0 && c.value < 0x2000);
            if (letter) {
                word += c.length;
                continue;
            }
            end_word();
            tokens += unicode::is_space(c.value) ? 0 : 1;
        }
        end_word();
        return tokens;
    }
    mutable std::atomic<int> calls = 0;
};

/// Tokens that do not add up: every text costs a quarter more than its parts.
class GreedyCounter : public TokenCounter {
  public:
    std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override {
        std::vector<std::uint32_t> counts;
        for (const std::string& text : texts) counts.push_back(PieceCounter::count(text) * (text.size() > 40 ? 5 : 4) / 4);
        return counts;
    }
};

Document document_of(std::vector<std::string> pages, std::string id = "d1") {
    Document document{.id = std::move(id), .name = "a_file.txt", .media_type = "text/plain", .pages = {}, .metadata = {}};
    for (std::string& text : pages)
        document.pages.push_back({.number = static_cast<int>(document.pages.size() + 1), .text = std::move(text)});
    return document;
}

/// What must hold for any text: offsets, coverage, order, bounds.
void expect_valid(const Document& document, const std::vector<Node>& nodes, SentenceSplitter::Params params, const TokenCounter& counter) {
    std::vector<std::vector<bool>> covered;
    for (const Page& page : document.pages) covered.emplace_back(page.text.size());
    std::set<std::string> ids;
    int ordinal = 0;
    const Node* before = nullptr;
    for (const Node& node : nodes) {
        const std::string& text = document.pages.at(static_cast<std::size_t>(node.page) - 1).text;
        ASSERT_LT(node.begin, node.end);
        ASSERT_EQ(text.substr(node.begin, node.end - node.begin), node.text);
        ASSERT_EQ(unicode::trim(node.text, {0, node.text.size()}).size(), node.text.size()) << "white space at an end";
        ASSERT_EQ(unicode::floor_border(text, node.begin), node.begin);
        ASSERT_EQ(unicode::floor_border(text, node.end), node.end);
        ASSERT_EQ(node.ordinal, ordinal++);
        ASSERT_EQ(node.document_id, document.id);
        ASSERT_TRUE(ids.insert(node.id).second);
        const std::uint32_t tokens = counter.count_tokens({node.text}).front();
        ASSERT_EQ(node.tokens, tokens);
        ASSERT_LE(tokens, params.chunk_size);
        if (before && before->page == node.page) {
            ASSERT_GT(node.begin, before->begin);
            ASSERT_GT(node.end, before->end);
            if (node.begin < before->end) {
                const std::string shared = text.substr(node.begin, before->end - node.begin);
                ASSERT_LE(counter.count_tokens({shared}).front(), params.chunk_overlap);
            }
        }
        auto& marks = covered[static_cast<std::size_t>(node.page) - 1];
        std::fill(marks.begin() + node.begin, marks.begin() + node.end, true);
        before = &node;
    }
    for (std::size_t p = 0; p < document.pages.size(); ++p) {
        const std::string& text = document.pages[p].text;
        if (counter.count_tokens({text}).front() == 0) continue;
        for (std::size_t at = 0; at < text.size();) {
            const unicode::CodePoint c = unicode::decode(text, at);
            ASSERT_TRUE(covered[p][at] || unicode::is_space(c.value)) << "byte " << at << " of page " << p + 1;
            at += c.length;
        }
    }
}

std::string prose(std::size_t sentences, std::size_t words = 12) {
    std::string text;
    for (std::size_t s = 0; s < sentences; ++s) {
        text += "Sentence" + std::to_string(s);
        for (std::size_t w = 1; w < words; ++w) text += " word";
        text += s % 5 == 4 ? ".\n\n" : ". ";
    }
    return text;
}

std::string random_text(std::mt19937& random, std::size_t atoms) {
    static const std::vector<std::string> all{"a",
                                              "Word",
                                              "The",
                                              " ",
                                              " ",
                                              " ",
                                              "  ",
                                              "\n",
                                              "\n\n",
                                              "\r\n",
                                              ". ",
                                              ".",
                                              "! ",
                                              "?\" ",
                                              "e.g. ",
                                              "日",
                                              "本。",
                                              "🙂",
                                              "👩‍👩‍👧",
                                              "é",
                                              "e\u0301",
                                              "\u00A0",
                                              "\u3000",
                                              "\u200B",
                                              "12.5",
                                              "- ",
                                              "1. ",
                                              "> x <- 1\n",
                                              "{",
                                              "}\n",
                                              "(",
                                              ")",
                                              "\t",
                                              "\x01",
                                              "\xFF",
                                              "\xE3\x81",
                                              "Straße",
                                              "Привет. ",
                                              "مرحبا؟ ",
                                              "हिन्दी। ",
                                              std::string(70, 'x'),
                                              std::string(150, 'y'),
                                              "… ",
                                              "\f",
                                              "www.example.org/a.b",
                                              ", "};
    std::string text;
    // Some texts use few of the atoms, so that long runs of one kind occur.
    const std::size_t kinds = 1 + random() % all.size();
    const std::size_t offset = random() % all.size();
    for (std::size_t i = 0; i < atoms; ++i) text += all[(offset + random() % kinds) % all.size()];
    return text;
}

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
        expect_valid(document, nodes, params, counter);
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
    expect_valid(document, nodes, params, counter);
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
