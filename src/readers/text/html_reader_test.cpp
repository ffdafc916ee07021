#include "readers/text/html_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

using test::failure;

std::string text_of(std::string_view html) {
    PageWriter writer;
    read_html_into(html, HtmlPart::main_content, writer);
    return writer.take(1).text;
}

Metadata metadata_of(std::string_view html) {
    PageWriter writer;
    return read_html_into(html, HtmlPart::main_content, writer);
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Html, reads_as_a_person_would_and_drops_what_is_not_shown) {
    const Document document = test::read(R"html(<!DOCTYPE html><html><head><title>The &amp; title</title><style>p { color: red }</style>
<script>if (a < b) document.write("</p>")</script><base href="http://evil"><meta http-equiv=refresh content="0;url=http://evil"></head>
<body><h1 onclick="x('>')">Heading</h1><p>First   paragraph<br>with two lines &lt;here&gt;.</p><!-- secret --><iframe src=x>frame</iframe>
<ul><li>one<li>two<ol start=3><li>in</ol></ul><table><caption>Cap</caption><tr><th>a<th>b</tr><tr><td>c<td>d</table><pre>  code
    <span>more</span>
</pre><svg><text>drawing</text></svg>end</body></html>)html",
                                         "page.html");
    EXPECT_EQ(document.media_type, "text/html");
    EXPECT_EQ(document.metadata.at("title"), "The & title");
    EXPECT_EQ(
        document.pages.at(0).text,
        "Heading\n\nFirst paragraph\nwith two lines <here>.\n\n- one\n- two\n  3. in\n\nCap\n\n| a | b |\n| --- | --- |\n| c | d |\n\n"
        "  code\n    more\n\nend");
    ASSERT_EQ(document.pages[0].headings.size(), 1u);
    EXPECT_EQ(document.pages[0].headings[0].title, "Heading");
}

TEST(Html, reads_what_the_page_says_of_itself) {
    const Metadata metadata = metadata_of(R"(<html lang="de-AT"><head><meta name="Author" content="Ann &quot;A&quot; B">
<meta property=article:published_time content=2024-05-01T10:00:00+02:00><meta name=description content='What it is'>
<meta name=last-modified content="Thu, 2 May 2024 08:00:00 GMT"></head><body><h1>One <b>bold</b></h1><p>x<h1>Two</h1>)");
    const Metadata expected = {{"title", "One bold"},         {"author", "Ann \"A\" B"},           {"language", "de-AT"},
                               {"description", "What it is"}, {"created", "2024-05-01T08:00:00Z"}, {"modified", "2024-05-02T08:00:00Z"}};
    EXPECT_EQ(metadata, expected);
}

TEST(Html, keeps_only_what_the_page_calls_its_main_part) {
    const std::string menu = "<div><a href=/>Home</a> <a href=/a>About</a></div>";
    EXPECT_EQ(text_of(menu + "<main><h1>T</h1><p>The text, which is long enough.</main><div>Imprint</div>"),
              "T\n\nThe text, which is long enough.");
    EXPECT_EQ(text_of(menu + "<div role=main>The text, which is long enough.</div><div>Imprint</div>"), "The text, which is long enough.");
    EXPECT_EQ(text_of(menu + "<article>One, with text enough.</article><div>x</div><article>Two, with text enough.</article>"),
              "One, with text enough.\n\nTwo, with text enough.");
}

TEST(Html, drops_menus_notices_and_footers_of_a_page_that_names_no_main_part) {
    EXPECT_EQ(text_of(R"(<header><a href=/>Site</a></header><nav>Menu</nav><div id="mainMenu"><a>One</a><a>Two</a></div>
<div class="cookie-banner">We use cookies. <button>OK</button></div><noscript>Switch it on</noscript>
<div class=content><h1>Title</h1><p>A paragraph with <a>one link</a> and quite some text of its own.</p></div>
<div class="sidebar widget"><a>Other page</a> new</div><aside>Also read</aside><footer>(c) 2024</footer>)"),
              "Title\n\nA paragraph with one link and quite some text of its own.");
}

TEST(Html, loses_nothing_of_a_page_without_such_parts) {
    const std::string links = "<ul><li><a>First chapter</a><li><a>Second chapter</a></ul>";
    EXPECT_EQ(text_of("<h1>Book</h1>" + links + "<p>By Ann.</p>"), "Book\n\n- First chapter\n- Second chapter\n\nBy Ann.");
    EXPECT_EQ(text_of("<div class=menu>" + links + "</div>"), "- First chapter\n- Second chapter") << "there is nothing else";
    EXPECT_EQ(text_of("<body class='has-sidebar menu'><p>Text <a>link</a></p>"), "Text link");
    EXPECT_EQ(text_of("<article><header><h2>In the article</h2></header><p>Text.</p><footer>A note, by Ann.</footer></article>"),
              "In the article\n\nText.\n\nA note, by Ann.");
}

TEST(Html, keeps_everything_where_the_choice_would_keep_too_little) {
    EXPECT_EQ(text_of("<main>x</main><p>Here is all the text of this page.</p>"), "x\n\nHere is all the text of this page.");
    EXPECT_EQ(text_of("<nav>Here is all the text of this page, in a nav.</nav>x"), "Here is all the text of this page, in a nav.\nx");
}

TEST(Html, leaves_nothing_out_of_a_chapter) {
    PageWriter writer;
    read_html_into("<nav>a</nav><main>b</main><aside>c</aside>", HtmlPart::everything, writer);
    EXPECT_EQ(writer.take(1).text, "a\nb\nc");
}

TEST(Html, takes_tables_that_are_layout_apart) {
    EXPECT_EQ(text_of("<table><tr><td>Left<td><table><tr><th>a<th>b<tr><td>1<td>2</table><tr><td><h2>Title</h2><p>Text</table>"),
              "Left\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nTitle\n\nText");
}

TEST(Html, keeps_the_columns_of_a_table_in_place) {
    EXPECT_EQ(text_of("<table><thead><tr><th colspan=2>wide<th>c</thead><tbody><tr><td>1<td>2<td><p>3</p><p>4</p></table>"),
              "| wide | | c |\n| --- | --- | --- |\n| 1 | 2 | 3 4 |");
}

TEST(Html, drops_the_sign_beside_a_heading_and_spaces_that_are_there_for_the_look) {
    EXPECT_EQ(text_of("<h2>Part<a href=#p>¶</a></h2><p>a&nbsp;&nbsp;b<p>&nbsp;<p>c <a>#</a>"), "Part\n\na b\n\nc #");
}

TEST(Html, makes_no_hidden_character_out_of_a_reference) {
    EXPECT_EQ(test::read("<p>a&#x202E;b&#8203;c&#27;d&#0;", "a.html").pages.at(0).text, "abcd\uFFFD");
}

TEST(Html, does_not_end_a_tag_within_a_quoted_value) {
    EXPECT_EQ(text_of("<p title='a > b' data-x=\"<script>\">text</p>"), "text");
    EXPECT_EQ(text_of("<a href=it's>one</a> two's"), "one two's");
    EXPECT_EQ(text_of("<p class='a\"b>c' id=\"<script>\">text</p>"), "text");
    EXPECT_EQ(text_of("<p class='x' class='>' id=x/y>text</p>"), "text");
}

TEST(Html, keeps_text_with_loose_angle_brackets) {
    EXPECT_EQ(text_of("<p>1 < 2 and 3 > 2 and a<3"), "1 < 2 and 3 > 2 and a<3");
}

TEST(Html, drops_what_stands_in_an_unclosed_script) {
    EXPECT_EQ(text_of("<p>seen<script>var x = 1; <p>unseen"), "seen");
}

double seconds_for(const std::string& html) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_NE(text_of(html).find("needle"), std::string::npos);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(Html, takes_time_in_proportion_even_for_pages_made_to_take_long) {
    EXPECT_LT(seconds_for(repeated("<div>", 100'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<div><p>x", 100'000) + "needle"), 10);
    EXPECT_LT(seconds_for(repeated("<b><i><font>", 50'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<b>", 500) + repeated("<p>x", 20'000) + "needle"), 10);
    EXPECT_LT(seconds_for("<p " + repeated("a=b ", 1'000'000) + ">needle"), 5);
    EXPECT_LT(seconds_for("<p " + repeated("class=b ", 1'000'000) + ">needle"), 5);
    EXPECT_LT(seconds_for("<p class='" + std::string(50'000'000, 'x') + "'>needle"), 5);
    EXPECT_LT(seconds_for(repeated("<svg>", 200'000) + "needle"), 5);
    EXPECT_LT(seconds_for(repeated("<table><tr><td>", 50'000) + "needle"), 10);
    EXPECT_LT(seconds_for("<table><tr>" + repeated("<td>x", 50'000) + repeated("<tr><td colspan=64>y", 50'000) + "</table>needle"), 10);
    EXPECT_LT(seconds_for(repeated("<nav><a>x</a><main>", 100'000) + "needle"), 10);
    EXPECT_LT(seconds_for(repeated("<ul><li>", 50'000) + "needle"), 10);
    EXPECT_LT(seconds_for(repeated("&", 1'000'000) + "needle"), 5);
}

TEST(Html, keeps_the_text_of_what_is_nested_too_deeply) {
    EXPECT_EQ(text_of(repeated("<div>", 2000) + "deep" + repeated("</div>", 2000) + "<p>shallow</p>"), "deep\n\nshallow");
}

TEST(Html, calls_a_page_without_text_empty) {
    EXPECT_EQ(failure("<html><script>alert(1)</script></html>", "a.html"), errc::empty_document);
}

}  // namespace
}  // namespace docmind
