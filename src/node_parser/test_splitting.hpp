#pragma once
// What the tests of the splitters share: token counters, texts, and what must hold for the passages of any text.

#include <docmind/node_parser.hpp>

#include "node_parser/unicode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace docmind::test {

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

inline Document document_of(std::vector<std::string> pages, std::string id = "d1") {
    Document document{.id = std::move(id), .name = "a_file.txt", .media_type = "text/plain", .pages = {}, .metadata = {}};
    for (std::string& text : pages)
        document.pages.push_back({.number = static_cast<int>(document.pages.size() + 1), .text = std::move(text)});
    return document;
}

/// What must hold for any text: offsets, coverage, order, bounds.
inline void expect_valid(const Document& document, const std::vector<Node>& nodes, std::size_t chunk_size, std::size_t chunk_overlap,
                         const TokenCounter& counter) {
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
        ASSERT_LE(tokens, chunk_size);
        if (before && before->page == node.page) {
            ASSERT_GT(node.begin, before->begin);
            ASSERT_GT(node.end, before->end);
            if (node.begin < before->end) {
                const std::string shared = text.substr(node.begin, before->end - node.begin);
                ASSERT_LE(counter.count_tokens({shared}).front(), chunk_overlap);
            }
        }
        if (node.context_end > 0) {
            ASSERT_LE(node.context_begin, node.begin);
            ASSERT_GE(node.context_end, node.end);
            ASSERT_GT(node.context_end - node.context_begin, node.end - node.begin) << "no more than the passage";
            ASSERT_LE(node.context_end, text.size());
            ASSERT_EQ(unicode::floor_border(text, node.context_begin), node.context_begin);
            ASSERT_EQ(unicode::floor_border(text, node.context_end), node.context_end);
        } else {
            ASSERT_EQ(node.context_begin, 0u);
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

inline std::string prose(std::size_t sentences, std::size_t words = 12) {
    std::string text;
    for (std::size_t s = 0; s < sentences; ++s) {
        text += "Sentence" + std::to_string(s);
        for (std::size_t w = 1; w < words; ++w) text += " word";
        text += s % 5 == 4 ? ".\n\n" : ". ";
    }
    return text;
}

inline std::string random_text(std::mt19937& random, std::size_t atoms) {
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

/// A number for a list of passages; the same for the same ones, everywhere.
inline std::uint64_t checksum(const std::vector<Node>& nodes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](std::string_view bytes) {
        for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    };
    for (const Node& node : nodes) {
        add(node.id + " " + std::to_string(node.page) + " " + std::to_string(node.begin) + " " + std::to_string(node.end) + " " +
            std::to_string(node.tokens) + "\n");
    }
    return hash;
}

}  // namespace docmind::test
