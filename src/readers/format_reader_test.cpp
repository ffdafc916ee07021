#include "readers/format_reader.hpp"

#include "readers/html_reader.hpp"
#include "readers/sniff.hpp"
#include "readers/test_collect.hpp"
#include "readers/text_decoder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

using namespace std::string_literals;
using test::failure;

std::string text_of(std::string_view bytes, const std::string& name) {
    return test::read(bytes, name).pages.at(0).text;
}

TEST(Sniff, believes_the_content_and_not_the_name) {
    EXPECT_EQ(sniff("%PDF-1.7\n...", "letter.txt", "text/plain").format, Format::pdf);
    EXPECT_EQ(sniff("<!DOCTYPE html><p>hi", "letter.pdf", "application/pdf").format, Format::html);
    EXPECT_EQ(sniff("\x7F"
                    "ELF\x02\x01",
                    "letter.md", "")
                  .format,
              Format::unsupported);
    EXPECT_EQ(sniff("Just text", "picture.png", "image/png").format, Format::text);
}

TEST(Sniff, finds_a_pdf_behind_some_other_bytes) {
    const std::string junk(900, '\1');
    EXPECT_EQ(sniff(junk + "%PDF-1.4\n1 0 obj\nendobj\nstartxref\n0\n%%EOF", "x", "").format, Format::pdf);
    EXPECT_NE(sniff(std::string(2000, 'a') + "%PDF-1.4\n%%EOF", "x", "").format, Format::pdf);
}

TEST(Sniff, does_not_take_a_text_about_pdf_for_one) {
    EXPECT_EQ(sniff("A file that begins with %PDF-1.7 is a PDF.", "notes.txt", "").format, Format::text);
}

TEST(Sniff, leaves_a_broken_pdf_to_the_pdf_reader) {
    EXPECT_EQ(sniff("\0\1\2\3\xFF\xFE garbage"s, "report.pdf", "").format, Format::pdf);
}

TEST(Sniff, chooses_between_kinds_of_text_by_name_or_media_type) {
    EXPECT_EQ(sniff("# Title", "README.MD", "").format, Format::markdown);
    EXPECT_EQ(sniff("# Title", "x", "text/markdown; charset=utf-8").format, Format::markdown);
    EXPECT_EQ(sniff("{}", "a.json", "").media_type, "application/json");
    EXPECT_EQ(sniff("a,b", "a.csv", "").media_type, "text/csv");
    EXPECT_EQ(sniff("int main() {}", "main.cpp", "").media_type, "text/plain");
    EXPECT_EQ(sniff("  <!-- c --><HTML lang=en>", "x", "").format, Format::html);
    EXPECT_EQ(sniff("<?xml version='1.0'?><feed/>", "a.xml", "").media_type, "application/xml");
}

TEST(FormatReader, says_what_an_unreadable_file_is_and_what_can_be_read) {
    std::string message;
    EXPECT_EQ(failure("PK\x03\x04" + std::string(100, '\0'), "thesis.docx", &message), errc::unsupported);
    EXPECT_NE(message.find("ZIP archive"), std::string::npos) << message;
    EXPECT_NE(message.find("PDF, images"), std::string::npos) << message;
    for (const std::string& bytes : {"\x7F"
                                     "ELF"s,
                                     "MZ\0\0"s, "\x1F\x8B\x08"s, "\0\1\2\3"s}) {
        EXPECT_EQ(failure(bytes + std::string(50, '\0'), "x.txt"), errc::unsupported);
    }
}

TEST(FormatReader, calls_a_file_without_text_empty) {
    EXPECT_EQ(failure("", "a.txt"), errc::empty_document);
    EXPECT_EQ(failure(" \n\t\r\n", "a.txt"), errc::empty_document);
    EXPECT_EQ(failure("\xEF\xBB\xBF\u200B", "a.txt"), errc::empty_document);
    EXPECT_EQ(failure("<html><script>alert(1)</script></html>", "a.html"), errc::empty_document);
}

TEST(FormatReader, reads_text_as_one_page) {
    const Document document = test::read("One.\r\nTwo.", "a.txt");
    EXPECT_EQ(document.media_type, "text/plain");
    ASSERT_EQ(document.pages.size(), 1u);
    EXPECT_EQ(document.pages[0].number, 1);
    EXPECT_EQ(document.pages[0].text, "One.\nTwo.");
    EXPECT_TRUE(document.pages[0].words.empty());
}

TEST(TextDecoder, follows_the_byte_order_mark) {
    EXPECT_EQ(decode_text("\xEF\xBB\xBF"
                          "caf\xC3\xA9"),
              "café");
    EXPECT_EQ(decode_text("\xFF\xFE"
                          "c\0a\0\xE9\0"s),
              "caé");
    EXPECT_EQ(decode_text("\xFE\xFF\0c\0a\0\xE9"s), "caé");
    EXPECT_EQ(decode_text("\xFF\xFE\x3D\xD8\x4D\xDC"s), "👍");
    EXPECT_EQ(decode_text("\xFF\xFE\0\0c\0\0\0"s), "c");
}

TEST(TextDecoder, replaces_half_a_character) {
    EXPECT_EQ(decode_text("\xFF\xFE"
                          "a\0b"s),
              "a\uFFFD");
    EXPECT_EQ(decode_text("\xFF\xFE\x3D\xD8"
                          "a\0"s),
              "\uFFFDa");
}

TEST(TextDecoder, takes_text_that_is_clearly_not_utf8_for_windows_1252) {
    EXPECT_EQ(decode_text("na\xEFve caf\xE9 \x93quoted\x94 \x80 5"), "naïve café “quoted” € 5");
}

TEST(TextDecoder, keeps_damaged_utf8_utf8) {
    EXPECT_EQ(decode_text("Ελληνικά \xFF日本語"), "Ελληνικά \uFFFD日本語");
    EXPECT_EQ(decode_text("a \x81\x8D b"), "a \uFFFD\uFFFD b") << "bytes that Windows-1252 does not have";
}

TEST(Html, reads_blocks_as_lines_and_drops_what_is_not_shown) {
    const Document document = test::read(R"html(<!DOCTYPE html><html><head><title>The &amp; title</title><style>p { color: red }</style>
<script>if (a < b) document.write("</p>")</script><base href="http://evil"><meta http-equiv=refresh content="0;url=http://evil"></head>
<body><h1 onclick="x('>')">Heading</h1><p>First   paragraph<br>with two lines &lt;here&gt;.</p><!-- secret --><iframe src=x>frame</iframe>
<ul><li>one<li>two</ul><table><tr><td>a<td>b</tr><tr><td>c<td>d</table><pre>  code
    more
</pre><svg><text>drawing</text></svg>end</body></html>)html",
                                         "page.html");
    EXPECT_EQ(document.media_type, "text/html");
    EXPECT_EQ(document.metadata.at("title"), "The & title");
    EXPECT_EQ(document.pages.at(0).text,
              "Heading\n\nFirst paragraph\nwith two lines <here>.\n\none\ntwo\na\tb\nc\td\n\n  code\n    more\n\nend");
}

TEST(Html, takes_the_first_heading_for_the_title_where_there_is_no_other) {
    EXPECT_EQ(read_html("<h1>One <b>bold</b></h1><p>x<h1>Two</h1>").title, "One bold");
}

TEST(Html, makes_no_hidden_character_out_of_a_reference) {
    EXPECT_EQ(text_of("<p>a&#x202E;b&#8203;c&#27;d&#0;", "a.html"), "abcd\uFFFD");
}

TEST(Html, does_not_end_a_tag_within_a_quoted_value) {
    EXPECT_EQ(read_html("<p title='a > b' data-x=\"<script>\">text</p>").text, "text");
    EXPECT_EQ(read_html("<a href=it's>one</a> two's").text, "one two's");
}

TEST(Html, keeps_text_with_loose_angle_brackets) {
    EXPECT_EQ(read_html("<p>1 < 2 and 3 > 2 and a<3").text, "1 < 2 and 3 > 2 and a<3");
}

TEST(Html, drops_what_stands_in_an_unclosed_script) {
    EXPECT_EQ(read_html("<p>seen<script>var x = 1; <p>unseen").text, "seen");
}

double seconds_for(const std::string& html) {
    const auto begin = std::chrono::steady_clock::now();
    const auto read = read_html(html);
    EXPECT_NE(read.text.find("needle"), std::string::npos);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Html, takes_time_in_proportion_even_for_pages_made_to_take_long) {
    EXPECT_LT(seconds_for(repeated("<div>", 100'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<div><p>x", 100'000) + "needle"), 10);
    EXPECT_LT(seconds_for(repeated("<b><i><font>", 50'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<b>", 500) + repeated("<p>x", 20'000) + "needle"), 10);
    EXPECT_LT(seconds_for("<p " + repeated("a=b ", 1'000'000) + ">needle"), 5);
    EXPECT_LT(seconds_for("<p a='" + std::string(50'000'000, 'x') + "'>needle"), 5);
    EXPECT_LT(seconds_for(repeated("<svg>", 200'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<table><tr><td>", 50'000) + "needle"), 10);
    EXPECT_LT(seconds_for(repeated("&", 1'000'000) + "needle"), 5);
}

TEST(Html, keeps_the_text_of_what_is_nested_too_deeply) {
    EXPECT_EQ(read_html(repeated("<div>", 2000) + "deep" + repeated("</div>", 2000) + "<p>shallow</p>").text, "deep\n\nshallow");
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
    EXPECT_EQ(document.pages.at(0).text,
              "The title\n\nA paragraph with bold, code, a link & an image of a cat on two lines.\n\nSection\n\n- one\n- two\n1. first\n2. "
              "second\n\n"
              "quoted\n\nint x;\n\n  int y;\n\na\tb\n1\t2\n\nlast");
}

TEST(Markdown, reads_html_within_it_as_text) {
    EXPECT_EQ(read_markdown("before\n\n<div align=\"center\">\n<b>inside</b>\n<script>x</script></div>\n\na<br>b <kbd>Ctrl</kbd>").text,
              "before\n\ninside\n\na\nb Ctrl");
}

TEST(Markdown, takes_the_title_of_the_front_matter) {
    const auto read = read_markdown("---\nlayout: post\ntitle: \"From the matter\"\n---\n# Heading\n\ntext\n");
    EXPECT_EQ(read.title, "From the matter");
    EXPECT_EQ(read.text, "Heading\n\ntext");
}

TEST(Markdown, keeps_a_rule_at_the_beginning_a_rule) {
    EXPECT_EQ(read_markdown("---\n\ntext\n").text, "text");
}

TEST(Markdown, survives_deep_nesting) {
    EXPECT_NE(read_markdown(repeated(">", 10'000) + " needle").text.find("needle"), std::string::npos);
    EXPECT_NE(read_markdown(repeated("[", 50'000) + " needle " + repeated("*a", 20'000)).text.find("needle"), std::string::npos);
}

}  // namespace
}  // namespace docmind
