#include "readers/page_writer.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(PageWriter, BlocksAreApartByAnEmptyLineAndWhiteSpaceIsFolded) {
    PageWriter writer;
    writer.begin_heading(1);
    writer.text("  The \n title ");
    writer.end_heading();
    writer.text("One ");
    writer.text(" two,\tthree.");
    writer.paragraph();
    writer.text("Next");
    writer.line_break();
    writer.text("line");
    const Page page = writer.take(3);
    EXPECT_EQ(page.number, 3);
    EXPECT_EQ(page.text, "The title\n\nOne two, three.\n\nNext\nline");
    ASSERT_EQ(page.headings.size(), 1u);
    EXPECT_EQ(page.headings[0].begin, 0u);
    EXPECT_EQ(page.headings[0].title, "The title");
}

TEST(PageWriter, HeadingsPointAtTheirLine) {
    PageWriter writer;
    writer.text("before");
    writer.begin_heading(2);
    writer.text("Second");
    writer.end_heading();
    writer.text("after");
    const Page page = writer.take(1);
    ASSERT_EQ(page.headings.size(), 1u);
    EXPECT_EQ(page.headings[0].level, 2);
    EXPECT_EQ(page.text.substr(page.headings[0].begin), "Second\n\nafter");
}

TEST(PageWriter, ListsNestAndCount) {
    PageWriter writer;
    writer.begin_list(true, 3);
    writer.begin_item();
    writer.text("three");
    writer.begin_list(false);
    writer.begin_item();
    writer.text("inner");
    writer.end_list();
    writer.begin_item();
    writer.text("four");
    writer.end_list();
    writer.text("end");
    EXPECT_EQ(writer.take(1).text, "3. three\n  - inner\n4. four\n\nend");
}

TEST(PageWriter, TablesAreMarkdownTables) {
    PageWriter writer;
    writer.text("a");
    writer.table({{"Name", "Price|net"}, {"Tea", "3\n4"}, {"", ""}, {"only"}});
    writer.text("b");
    EXPECT_EQ(writer.take(1).text, "a\n\n| Name | Price\\|net |\n| --- | --- |\n| Tea | 3 4 |\n| only | |\n\nb");
}

TEST(PageWriter, SpannedColumnsStayEmptyAndTablesInTablesAreText) {
    PageWriter writer;
    writer.begin_table();
    writer.begin_row();
    writer.begin_cell(2);
    writer.text("wide");
    writer.begin_cell();
    writer.text("c");
    writer.begin_row();
    writer.begin_cell();
    writer.text("1");
    writer.begin_table();
    writer.begin_row();
    writer.begin_cell();
    writer.text("in");
    writer.begin_cell();
    writer.text("ner");
    writer.end_table();
    writer.begin_cell();
    writer.text("2");
    writer.begin_cell();
    writer.text("3");
    writer.end_table();
    EXPECT_EQ(writer.take(1).text, "| wide | | c |\n| --- | --- | --- |\n| 1 in ner | 2 | 3 |");
}

TEST(PageWriter, WhiteSpaceBetweenCellsIsNoCell) {
    PageWriter writer;
    writer.begin_table();
    for (const char* value : {"a", "b"}) {
        writer.text("\n");
        writer.begin_row();
        writer.text("\n");
        writer.begin_cell();
        writer.text(value);
        writer.text("\n");
        writer.begin_cell();
        writer.text("2");
    }
    writer.end_table();
    EXPECT_EQ(writer.take(1).text, "| a | 2 |\n| --- | --- |\n| b | 2 |");
}

TEST(PageWriter, ShortRowsAreNotFilledUpBesideOneThatIsVeryLong) {
    std::vector<std::vector<std::string>> rows(1000, {"x"});
    rows.front().assign(1000, "x");
    PageWriter writer;
    writer.table(rows);
    EXPECT_LT(writer.take(1).text.size(), 20'000u);
}

TEST(PageWriter, ATableThatIsOpenIsWrittenWithItsPageAndGoesOn) {
    PageWriter writer;
    writer.begin_table();
    writer.begin_row();
    writer.begin_cell();
    writer.text("only");
    EXPECT_EQ(writer.take(1).text, "only");
    writer.begin_row();
    for (const char* value : {"a", "b"}) {
        writer.begin_cell();
        writer.text(value);
    }
    EXPECT_EQ(writer.take(2).text, "| a | b |\n| --- | --- |");
    writer.end_table();
    writer.text("after");
    EXPECT_EQ(writer.take(3).text, "after");
}

TEST(PageWriter, CodeStaysAsItIs) {
    PageWriter writer;
    writer.text("x");
    writer.preformatted("\n  if a:\n    b\n\n");
    writer.text("y");
    EXPECT_EQ(writer.take(1).text, "x\n\n  if a:\n    b\n\ny");
}

}  // namespace
}  // namespace docmind
