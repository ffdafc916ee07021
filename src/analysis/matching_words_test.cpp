#include "analysis/matching_words.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The words that the ranges name.
std::vector<std::string> cut(std::string_view text, const TextRanges& ranges) {
    std::vector<std::string> words;
    std::uint32_t behind = 0;
    for (const auto& [begin, end] : ranges) {
        EXPECT_LE(behind, begin);
        EXPECT_LT(begin, end);
        behind = end;
        words.emplace_back(text.substr(begin, end - begin));
    }
    return words;
}

std::vector<std::string> matches(std::string_view question, std::string_view text) {
    return cut(text, MatchingWords(question).in(text));
}

std::vector<std::string> quoted_matches(std::string_view question, std::string_view markdown) {
    return cut(markdown, MatchingWords(question).in_quotations(markdown));
}

TEST(MatchingWordsTest, the_places_count_bytes) {
    EXPECT_EQ(MatchingWords("ferries").in("\u00c9t\u00e9: the ferry"), (TextRanges{{11, 16}})) << "two letters of two bytes each";
}

TEST(MatchingWordsTest, forms_of_a_word_match_and_stop_words_do_not) {
    EXPECT_THAT(matches("How do I connect to the files?", "It connects; a connection to a file. Files"),
                ElementsAre("connects", "connection", "file", "Files"));
    EXPECT_THAT(matches("\u043a\u043d\u0438\u0433\u0438", "\u0434\u0432\u0435 \u043a\u043d\u0438\u0433\u0430\u043c\u0438"),
                ElementsAre("\u043a\u043d\u0438\u0433\u0430\u043c\u0438"))
        << "Russian";
}

TEST(MatchingWordsTest, accents_and_capitals_make_no_difference) {
    EXPECT_THAT(matches("cafe zurich", "Das CAF\u00c9 in Z\u00fcrich"), ElementsAre("CAF\u00c9", "Z\u00fcrich"));
    EXPECT_THAT(matches("cafe", "cafe\u0301s cafe\u0301"), ElementsAre("cafe\u0301s", "cafe\u0301")) << "combining";
}

TEST(MatchingWordsTest, a_stop_word_counts_where_the_question_has_nothing_else) {
    EXPECT_THAT(matches("who", "Who is who"), ElementsAre("Who", "who"));
}

TEST(MatchingWordsTest, neighbours_in_scripts_without_spaces_are_one_range) {
    const std::string text = "\u6211\u5728\u6771\u4eac\u90fd\u5de5\u4f5c\u3002";
    EXPECT_THAT(matches("\u6771\u4eac\u90fd", text), ElementsAre("\u6771\u4eac\u90fd"));
    EXPECT_THAT(matches("\u4eac\u90fd", text), ElementsAre("\u4eac\u90fd"));
    EXPECT_THAT(matches("\u5de5\u6771", text), IsEmpty()) << "both characters, but not side by side";
    EXPECT_THAT(matches("\u4eac", text), ElementsAre("\u4eac\u90fd")) << "one character finds the pairs that begin with it";
    EXPECT_THAT(matches("\u4f5c", text), ElementsAre("\u4f5c"));
}

TEST(MatchingWordsTest, a_joined_word_is_one_range_and_each_part_one_of_its_own) {
    EXPECT_THAT(matches("read.csv", "use read.csv() here"), ElementsAre("read.csv"));
    EXPECT_THAT(matches("csv", "use read.csv() here"), ElementsAre("csv"));
    EXPECT_THAT(matches("C++", "C and C++"), ElementsAre("C", "C++"));
}

TEST(MatchingWordsTest, a_prefix_matches_whole_words) {
    EXPECT_THAT(matches("config*", "The configuration; reconfigure"), ElementsAre("configuration"));
}

TEST(MatchingWordsTest, nothing_matches_nothing) {
    EXPECT_THAT(matches("", "some words"), IsEmpty());
    EXPECT_THAT(matches("!?", "some words!?"), IsEmpty());
    EXPECT_THAT(matches("words", ""), IsEmpty());
    EXPECT_THAT(matches("otter", "A fox."), IsEmpty());
    EXPECT_THAT(matches("fox", "\xff\xfe fox \xc3"), ElementsAre("fox")) << "what is no UTF-8 separates";
}

TEST(MatchingWordsTest, of_an_answer_only_the_quotations_are_marked) {
    const std::string answer =
        "Otters swim.\n\n> The otter swims.\n> Otters dive.\n>\n> \u2014 otter.pdf, page 3 [1]\n\nThe otter is fast.";
    EXPECT_THAT(quoted_matches("otters", answer), ElementsAre("otter", "Otters"));
    EXPECT_EQ(MatchingWords("otters").in_quotations(answer).front(), (std::pair<std::uint32_t, std::uint32_t>{20, 25}));
}

TEST(MatchingWordsTest, what_lies_behind_the_limit_is_not_looked_at) {
    MatchingWords limited("fox", {.max_bytes = 8});
    EXPECT_EQ(limited.in("fox fox fox"), (TextRanges{{0, 3}, {4, 7}}));
    EXPECT_THROW(MatchingWords("fox", {.max_bytes = 0}), Error);
}

}  // namespace
}  // namespace docmind
