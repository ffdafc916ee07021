#include "readers/text/csv_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

std::string text_of(std::string_view csv, const std::string& name = "a.csv") {
    return test::read(csv, name).pages.at(0).text;
}

TEST(Csv, IsAMarkdownTable) {
    const Document document = test::read("Name,Price\r\nTea,3.50\r\n\"Milk, fresh\",\"1,\"\"x\"\"\r\nmore\"\r\n\r\nSalt\r\n", "a.csv");
    EXPECT_EQ(document.media_type, "text/csv");
    EXPECT_EQ(document.pages.at(0).text, "| Name | Price |\n| --- | --- |\n| Tea | 3.50 |\n| Milk, fresh | 1,\"x\" more |\n| Salt | |");
}

TEST(Csv, FindsTheDelimiter) {
    EXPECT_EQ(csv_delimiter("a;b\n1,5;2,5\n3,5;4,5\n", ""), ';');
    EXPECT_EQ(csv_delimiter("a\tb\n1\t2\n", ""), '\t');
    EXPECT_EQ(csv_delimiter("a|b|c\n1|2|3\n", ""), '|');
    EXPECT_EQ(csv_delimiter("name,text\nx,\"one; two; three\"\ny,\"four; five\"\n", ""), ',');
    EXPECT_EQ(csv_delimiter("sep=;\na,b;c\n", ""), ';');
    EXPECT_EQ(csv_delimiter("one\ntwo\n", ""), 0);
    EXPECT_EQ(text_of("sep=;\na;b\n1;2"), "| a | b |\n| --- | --- |\n| 1 | 2 |");
}

TEST(Csv, RepeatsTheHeadSoThatEveryPassageCanHaveIt) {
    std::string csv = "n,square\n";
    for (int i = 1; i <= 100; ++i) csv += std::to_string(i) + "," + std::to_string(i * i) + "\n";
    const std::string text = text_of(csv);
    std::size_t heads = 0;
    for (auto at = text.find("| n | square |\n| --- |"); at != std::string::npos; at = text.find("| n | square |\n| --- |", at + 1))
        ++heads;
    EXPECT_EQ(heads, 3u);
    EXPECT_NE(text.find("| 40 | 1600 |\n\n| n | square |\n| --- | --- |\n| 41 | 1681 |"), std::string::npos);
    EXPECT_NE(text.find("| 100 | 10000 |"), std::string::npos);
}

TEST(Csv, TakesAnUnclosedQuoteForACharacter) {
    EXPECT_EQ(text_of("a,b\n\"x,1\ny,2\n"), "| a | b |\n| --- | --- |\n| \"x | 1 |\n| y | 2 |");
    std::string many = "a,b\n";
    for (int i = 0; i < 100'000; ++i) many += "\"x,1\n\"\"\"y,2\n";
    EXPECT_FALSE(text_of(many).empty());
}

TEST(Csv, OfOneColumnIsText) {
    EXPECT_EQ(text_of("one\ntwo\n"), "one\n\ntwo");
}

TEST(Csv, StopsAtTooManyCells) {
    PageWriter writer;
    try {
        read_csv_into("a,b\n1,2\n3,4\n", "text/csv", {.max_cells = 5}, writer);
        FAIL() << "six cells were read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::too_large);
        EXPECT_NE(std::string(error.what()).find("5 cells (ingestion.max_cells)"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace docmind
