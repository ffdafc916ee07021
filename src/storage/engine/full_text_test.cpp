#include "storage/engine/full_text.hpp"

#include "storage/engine/query_terms.hpp"
#include "storage/engine/timestamp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using testing::ElementsAre;

TEST(QueryTermsTest, words_are_taken_out_of_any_punctuation) {
    EXPECT_THAT(split_words("read.csv(\"a\", sep=',') C++"), ElementsAre("read", "csv", "a", "sep", "c"));
    EXPECT_THAT(split_words("data\xe2\x80\x94"
                            "frame\xe2\x80\x99s \xc2\xabx\xc2\xbb"),
                ElementsAre("data", "frame", "s", "x"));
    EXPECT_THAT(split_words("Gr\xc3\xb6\xc3\x9f"
                            "e \xe6\x95\xb0\xe6\x8d\xae"),
                ElementsAre("gr\xc3\xb6\xc3\x9f"
                            "e",
                            "\xe6\x95\xb0\xe6\x8d\xae"));
    EXPECT_THAT(split_words(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
    EXPECT_THAT(split_words(""), ElementsAre());
}

TEST(QueryTermsTest, stop_words_go_unless_there_is_nothing_else) {
    EXPECT_THAT(query_terms("How do I read a CSV file into a data frame?"), ElementsAre("read", "csv", "file", "data", "frame"));
    EXPECT_THAT(query_terms("What is it?"), ElementsAre("what", "is", "it"));
    EXPECT_THAT(query_terms("what\xe2\x80\x99s NA? I don't know NA"), ElementsAre("na", "don", "know"));
}

TEST(QueryTermsTest, a_word_is_looked_for_once_and_no_more_words_than_allowed) {
    EXPECT_THAT(query_terms("Foo foo FOO bar"), ElementsAre("foo", "bar"));
    EXPECT_EQ(query_terms("a1 a2 a3 a4 a5", 3).size(), 3u);
    EXPECT_EQ(query_terms(std::string(1000, 'x')).at(0).size(), 128u);
}

TEST(FullTextTest, an_expression_is_quoted_words_and_nothing_else) {
    EXPECT_EQ(match_expression("title:\"x\" NEAR(y z, 3) AND -w*"), "\"title\" OR \"x\" OR \"near\" OR \"y\" OR \"z\" OR \"3\" OR \"w\"");
    EXPECT_EQ(match_expression("?!"), "");
}

TEST(TimestampTest, times_are_rfc_3339_in_utc) {
    using namespace std::chrono;
    EXPECT_EQ(to_rfc3339(sys_days(year(2024) / 2 / 29) + hours(23) + minutes(5) + seconds(9) + milliseconds(7)),
              "2024-02-29T23:05:09.007Z");
}

}  // namespace
}  // namespace docmind
