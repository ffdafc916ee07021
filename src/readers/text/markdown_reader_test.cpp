#include "readers/text/markdown_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

std::string text_of(std::string_view markdown) {
    PageWriter writer;
    read_markdown_into(markdown, {}, writer);
    return writer.take(1).text;
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Markdown, reads_as_a_person_would) {
    const Document document = test::read(R"(# The *title*

A paragraph with **bold**, `code`, a [link](http://x) &amp; an ![image of a cat](cat.png)
on two lines.

## Section

- one
- two
  1. first
  2. second

> quoted

```c
int x;

  int y;
```

| a | b |
|---|---|
| 1 | 2 |

last
)",
                                         "a.md");
    EXPECT_EQ(document.media_type, "text/markdown");
    EXPECT_EQ(document.metadata.at("title"), "The title");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text,
              "The title\n\nA paragraph with bold, code, a link & an image of a cat on two lines.\n\nSection\n\n- one\n- two\n"
              "  1. first\n  2. second\n\nquoted\n\nint x;\n\n  int y;\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nlast");
    ASSERT_EQ(page.headings.size(), 2u);
    EXPECT_EQ(page.headings[1].title, "Section");
    EXPECT_EQ(page.headings[1].level, 2);
    EXPECT_EQ(page.text.substr(page.headings[1].begin, 7), "Section");
}

TEST(Markdown, reads_html_within_it_as_text) {
    EXPECT_EQ(text_of("before\n\n<div align=\"center\">\n<b>inside</b>\n<script>x</script></div>\n\na<br>b <kbd>Ctrl</kbd>"),
              "before\n\ninside\n\na\nb Ctrl");
    EXPECT_EQ(text_of("<table><tr><td>a</td><td>b</td></tr></table>\n\nText"), "| a | b |\n| --- | --- |\n\nText");
}

TEST(Markdown, takes_what_the_front_matter_says) {
    PageWriter writer;
    const Metadata metadata = read_markdown_into(
        "---\nlayout: post\ntitle: \"From: the matter\"\nauthors: [Ann, 'Bob']\ndate: 2024-05-01 10:00\ntags:\n- x\nlang: en\n---\n# "
        "Heading\n\ntext\n",
        {}, writer);
    const Metadata expected = {
        {"title", "From: the matter"}, {"author", "Ann, Bob"}, {"created", "2024-05-01T10:00:00Z"}, {"language", "en"}};
    EXPECT_EQ(metadata, expected);
    EXPECT_EQ(writer.take(1).text, "Heading\n\ntext");
}

TEST(Markdown, keeps_a_rule_at_the_beginning_a_rule) {
    EXPECT_EQ(text_of("---\n\ntext\n"), "text");
}

TEST(Markdown, survives_deep_nesting) {
    EXPECT_NE(text_of(repeated(">", 10'000) + " needle").find("needle"), std::string::npos);
    EXPECT_NE(text_of(repeated("[", 50'000) + " needle " + repeated("*a", 20'000)).find("needle"), std::string::npos);
    EXPECT_NE(text_of(repeated("- ", 5'000) + " needle").find("needle"), std::string::npos);
}

TEST(Markdown, takes_time_in_proportion_for_a_wide_table) {
    const std::string wide = repeated("|a", 20'000) + "|\n" + repeated("|---", 20'000) + "|\n" + repeated("|b|\n", 20'000);
    EXPECT_EQ(test::failure(wide, "a.md"), errc::too_large);
    EXPECT_LT(text_of(repeated("|a", 100) + "|\n" + repeated("|---", 100) + "|\n" + repeated("|b|\n", 10'000)).size(), 3'000'000u);
}

TEST(Markdown, stops_at_a_table_with_too_many_cells) {
    PageWriter writer;
    try {
        read_markdown_into("|a|b|\n|---|---|\n" + repeated("|1|2|\n", 50), {.max_cells = 100}, writer);
        FAIL() << "102 cells were read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::too_large);
        EXPECT_NE(std::string(error.what()).find("100 cells (ingestion.max_cells)"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace docmind
