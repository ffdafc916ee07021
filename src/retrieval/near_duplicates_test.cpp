#include "retrieval/near_duplicates.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "retrieval/passage_words.hpp"

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NodeWithScore passage(const std::string& document, std::string text, float score = 1) {
    NodeWithScore node{.document_name = document + ".pdf", .score = score};
    node.node = {.id = document + "-1", .document_id = document, .page = 7, .text = std::move(text)};
    return node;
}

std::vector<std::string> ids(const std::vector<NodeWithScore>& nodes) {
    std::vector<std::string> ids;
    for (const NodeWithScore& node : nodes) ids.push_back(node.node.document_id);
    return ids;
}

/// A text of `count` words.
std::string text_of(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += std::string(1, static_cast<char>('a' + random() % 26)) + std::to_string(seed) + "x" +
                static_cast<char>('a' + random() % 26) + ' ';
    return text;
}

std::string with_word(std::string text, std::size_t nth, const std::string& word) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < nth; ++i) at = text.find(' ', at) + 1;
    return text.replace(at, text.find(' ', at) - at, word);
}

TEST(NearDuplicates, the_same_words_appear_once_and_the_others_are_named) {
    auto nodes =
        suppress_duplicates({passage("a", "The otter\neats  FISH."), passage("b", "Bread."), passage("c", " the otter eats fish.\n")}, {});
    EXPECT_THAT(ids(nodes), ElementsAre("a", "b"));
    ASSERT_EQ(nodes[0].also_in.size(), 1u);
    const PassagePlace& place = nodes[0].also_in[0];
    EXPECT_EQ(std::tie(place.document_id, place.document_name, place.page, place.node_id), std::make_tuple("c", "c.pdf", 7, "c-1"));
    EXPECT_THAT(nodes[0].steps, ElementsAre(HasSubstr("1 more")));
    EXPECT_THAT(nodes[1].also_in, IsEmpty());
    EXPECT_THAT(nodes[1].steps, IsEmpty());
}

TEST(NearDuplicates, whatever_changes_the_meaning_is_no_duplicate_by_default) {
    const std::vector<NodeWithScore> nodes{passage("a", "x < 5 in C++"), passage("b", "x > 5 in C++"),     passage("c", "x < 5 in C"),
                                           passage("d", "x < 6 in C++"), passage("e", "x < 5 not in C++"), passage("f", "x < 5 inC++")};
    EXPECT_EQ(suppress_duplicates(nodes, {}).size(), 6u);
}

TEST(NearDuplicates, places_of_a_passage_that_stood_for_others_are_kept) {
    NodeWithScore second = passage("b", "same");
    second.also_in.push_back({.document_id = "old"});
    const auto nodes = suppress_duplicates({passage("a", "same"), second}, {});
    ASSERT_EQ(nodes.size(), 1u);
    EXPECT_EQ(nodes[0].also_in.size(), 2u);
}

TEST(NearDuplicates, nearly_the_same_words_are_one_where_that_is_asked_for_and_other_numbers_are_not) {
    const std::string text = text_of(200, 1);
    const std::string one_word = with_word(text, 100, "otherwise"), digit = with_word(text, 100, "1776");
    const std::vector<NodeWithScore> nodes{passage("a", text), passage("b", one_word), passage("c", digit), passage("d", text_of(200, 2))};
    EXPECT_EQ(suppress_duplicates(nodes, {}).size(), 4u);
    // The word that was replaced has a digit, as all of text_of have: two texts without any are needed.
    std::string plain = text, changed = one_word;
    for (std::string* t : {&plain, &changed}) std::erase_if(*t, [](char c) { return c >= '0' && c <= '9'; });
    EXPECT_THAT(ids(suppress_duplicates({passage("a", plain), passage("b", changed)}, {.similarity = 0.9})), ElementsAre("a"));
    EXPECT_THAT(ids(suppress_duplicates({passage("a", plain), passage("b", with_word(plain, 3, "7"))}, {.similarity = 0.9})),
                ElementsAre("a", "b"));
    EXPECT_THAT(ids(suppress_duplicates(nodes, {.similarity = 0.9})), ElementsAre("a", "b", "c", "d"));
}

TEST(NearDuplicates, zero_shows_all) {
    EXPECT_EQ(suppress_duplicates({passage("a", "same"), passage("b", "same")}, {.similarity = 0}).size(), 2u);
    EXPECT_TRUE(suppress_duplicates({}, {}).empty());
    EXPECT_EQ(suppress_duplicates({passage("a", ""), passage("b", " ")}, {}).size(), 1u);
    EXPECT_EQ(suppress_duplicates({passage("a", ""), passage("b", "word")}, {.similarity = 0.5}).size(), 2u);
    EXPECT_THROW(DuplicatesComponent({.similarity = 0.3}), Error);
    EXPECT_THROW(DuplicatesComponent({.similarity = 1.5}), Error);
}

/// Jaccard of the runs of three words, as plainly as it can be said.
double similarity_of(const std::string& a, const std::string& b) {
    const auto runs = [](const std::string& text) {
        std::vector<std::string> words;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find(' ', at), text.size());
            if (end > at) words.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        std::set<std::string> result;
        for (std::size_t i = 0; i + 3 <= words.size(); ++i) result.insert(words[i] + " " + words[i + 1] + " " + words[i + 2]);
        return result;
    };
    const auto x = runs(a), y = runs(b);
    std::size_t both = 0;
    for (const std::string& one : x) both += y.count(one);
    return static_cast<double>(both) / static_cast<double>(x.size() + y.size() - both);
}

TEST(NearDuplicates, what_is_suppressed_is_what_comparing_all_of_it_says) {
    std::mt19937 random(7);
    int suppressed = 0, kept = 0;
    for (int round = 0; round < 300; ++round) {
        std::string text = text_of(150, static_cast<unsigned>(round));
        std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
        std::string other = text;
        for (unsigned n = 0; n < random() % 12; ++n) other = with_word(other, random() % 149, "changed");
        const double similarity = similarity_of(text, other);
        if (std::abs(similarity - 0.85) < 1e-9) continue;
        const auto nodes = suppress_duplicates({passage("a", text), passage("b", other)}, {.similarity = 0.85});
        ASSERT_EQ(nodes.size(), similarity >= 0.85 ? 1u : 2u) << similarity;
        ++(nodes.size() == 1 ? suppressed : kept);
    }
    EXPECT_GT(suppressed, 50);
    EXPECT_GT(kept, 50);
}

}  // namespace
}  // namespace docmind
