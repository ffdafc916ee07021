#include "analysis/text_analysis.hpp"

#include "analysis/text_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace docmind {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::vector<std::string> terms(std::string_view text) {
    TextAnalyzer analyzer;
    std::vector<std::string> result;
    for (const Token& token : analyzer.tokens(text)) result.push_back(analyzer.term(token));
    return result;
}

TextQuery parse(std::string_view text, TextQueryLimits limits = {}) {
    TextAnalyzer analyzer;
    return parse_text_query(text, analyzer, limits);
}

TEST(TextAnalyzerTest, words_are_taken_out_of_any_punctuation_in_lower_case) {
    EXPECT_THAT(terms("(Data\u2014Frame\u2019s \u00abx\u00bb, [y]!)"), ElementsAre("data", "frame", "s", "x", "y"));
    EXPECT_THAT(terms(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
    EXPECT_THAT(terms(""), IsEmpty());
}

TEST(TextAnalyzerTest, forms_of_a_word_are_one_term) {
    EXPECT_EQ(terms("connection"), terms("Connected"));
    EXPECT_EQ(terms("running runs"), (std::vector<std::string>{"run", "run"}));
    EXPECT_EQ(terms("\u043a\u043d\u0438\u0433\u0438"), terms("\u043a\u043d\u0438\u0433\u0430\u043c\u0438")) << "Russian";
}

TEST(TextAnalyzerTest, accents_case_and_width_make_no_difference) {
    EXPECT_EQ(terms("Gr\u00f6\u00dfe"), terms("GR\u00d6SSE"));
    EXPECT_EQ(terms("na\u00efve"), terms("nai\u0308ve")) << "composed or not";
    EXPECT_EQ(terms("\uff23\uff33\uff36"), terms("csv")) << "full width";
    EXPECT_EQ(terms("\ufb01le"), terms("file")) << "a ligature";
}

TEST(TextAnalyzerTest, what_programmers_join_is_a_word_and_its_parts_are_words) {
    EXPECT_THAT(terms("read.csv"), UnorderedElementsAre("read.csv", "read", "csv"));
    EXPECT_THAT(terms("snake_case"), UnorderedElementsAre("snake_case", "snake", "case"));
    EXPECT_THAT(terms("3.14"), UnorderedElementsAre("3.14", "3", "14"));
    EXPECT_THAT(terms("C++, C# and C"), UnorderedElementsAre("c", "c++", "c", "c#", "and", "c"));
    EXPECT_THAT(terms("The end. Next"), ElementsAre("the", "end", "next")) << "a full stop joins nothing";
    EXPECT_THAT(terms("x._y"), UnorderedElementsAre("x", "y"));
}

TEST(TextAnalyzerTest, scripts_without_spaces_give_their_neighbours) {
    EXPECT_THAT(terms("\u6570\u636e\u5e93"), ElementsAre("\u6570\u636e", "\u636e\u5e93", "\u5e93"));
    EXPECT_THAT(terms("R\u8a00\u8a9e 4"), ElementsAre("r", "\u8a00\u8a9e", "\u8a9e", "4"));
    EXPECT_THAT(terms("\ub370\uc774\ud130"), ElementsAre("\ub370\uc774", "\uc774\ud130", "\ud130"));
}

TEST(TextAnalyzerTest, any_bytes_are_a_text) {
    std::mt19937 random(3);
    for (int round = 0; round < 500; ++round) {
        std::string bytes(random() % 200, ' ');
        for (char& c : bytes) c = static_cast<char>(random() % (round % 2 == 0 ? 256 : 3) + (round % 2 == 0 ? 0 : 0xd0));
        for (const std::string& term : terms(bytes)) EXPECT_FALSE(term.empty() || term.size() > max_token_bytes);
        static_cast<void>(parse(bytes));
    }
    EXPECT_THAT(terms("\xf0\x9f\x98\x80 \xff"), IsEmpty());
    EXPECT_EQ(terms(std::string(1000, 'x')).at(0).size(), max_token_bytes);
    EXPECT_EQ(terms(std::string(127, 'x') + "\u0436").at(0), std::string(127, 'x')) << "no half character";
}

TEST(TextQueryTest, stop_words_go_unless_there_is_nothing_else) {
    EXPECT_THAT(parse("How do I read a CSV file into a data frame?").terms, ElementsAre("read", "csv", "file", "data", "frame"));
    EXPECT_THAT(parse("What is it?").terms, ElementsAre("what", "is", "it"));
    EXPECT_THAT(parse("what\u2019s NA? I don't know NA").terms, ElementsAre("na", "don", "know"));
}

TEST(TextQueryTest, a_term_is_looked_for_once_and_no_more_terms_than_allowed) {
    EXPECT_THAT(parse("Foo foo FOO bar").terms, ElementsAre("foo", "bar"));
    EXPECT_EQ(parse("a1 a2 a3 a4 a5", {.terms = 3}).terms.size(), 3u);
    std::string long_question;
    for (int i = 0; i < 10'000; ++i) long_question += "word" + std::to_string(i) + "* ";
    const TextQuery query = parse(long_question);
    EXPECT_EQ(query.terms.size(), TextQueryLimits{}.terms);
    EXPECT_EQ(query.prefixes.size(), TextQueryLimits{}.prefixes);
    std::string phrases;
    for (int i = 0; i < 100; ++i) phrases += "\"a b\" ";
    EXPECT_EQ(parse(phrases).phrases.size(), TextQueryLimits{}.phrases);
}

TEST(TextQueryTest, operators_of_query_languages_are_words_like_others) {
    const TextQuery query = parse("title:alpha NEAR(y z, 3) OR -w ^q {text}:v");
    EXPECT_THAT(query.terms, ElementsAre("titl", "alpha", "near", "y", "z", "3", "w", "q", "text", "v"));
    EXPECT_THAT(parse("?! \" * ( \xf0\x9f\x98\x80").terms, IsEmpty());
}

TEST(TextQueryTest, a_star_behind_a_word_makes_a_prefix_of_it) {
    EXPECT_THAT(parse("configur* x").prefixes, ElementsAre("configur"));
    EXPECT_THAT(parse("a * b ** c*").prefixes, IsEmpty()) << "one letter begins too much";
    EXPECT_THAT(parse("\u6570").prefixes, ElementsAre("\u6570")) << "one character of a pair";
    EXPECT_THAT(parse("\u6570\u636e").prefixes, IsEmpty());
}

TEST(TextQueryTest, a_question_that_is_all_quotation_marks_is_phrases) {
    TextAnalyzer analyzer;
    const TextQuery query = parse("what is a \"frame of data\" and an \u201ctwo words\u201d \"");
    ASSERT_EQ(query.phrases.size(), 2u);
    EXPECT_TRUE(holds_phrase("Frames of data.", query.phrases[0], analyzer)) << "stems";
    EXPECT_FALSE(holds_phrase("data of a frame", query.phrases[0], analyzer));
    EXPECT_FALSE(holds_phrase("frame of the data", query.phrases[0], analyzer));
    EXPECT_FALSE(holds_phrase("", query.phrases[0], analyzer));
    EXPECT_THAT(query.terms, Not(Contains("of")));
    EXPECT_THAT(parse("who sings \"two words\"").phrases, IsEmpty()) << "the singer's page may not name the song";
    EXPECT_THAT(parse("\"one\" \"two").phrases, IsEmpty());
    const TextQuery joined = parse("\"read.csv file\" \"\u6570\u636e\u5e93\"");
    ASSERT_EQ(joined.phrases.size(), 2u);
    EXPECT_TRUE(holds_phrase("to read.csv files", joined.phrases[0], analyzer));
    EXPECT_TRUE(holds_phrase("\u5927\u6570\u636e\u5e93\u3002", joined.phrases[1], analyzer));
    EXPECT_FALSE(holds_phrase("\u6570\u636e \u636e\u5e93", joined.phrases[1], analyzer));
}

}  // namespace
}  // namespace docmind
