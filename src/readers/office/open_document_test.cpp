// OpenDocument, EPUB and RTF files made here, part by part.

#include "readers/office/epub_reader.hpp"
#include "readers/office/rtf_tokens.hpp"
#include "readers/test_collect.hpp"
#include "readers/test_zip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

using test::Packed;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string repeated(const std::string& part, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += part;
    return all;
}

std::vector<std::string> texts(const std::string& bytes, const ReadOptions& options = {}) {
    std::vector<std::string> all;
    for (const Page& page : test::read(bytes, "x", "", options).pages) all.push_back(page.text);
    return all;
}

std::string odf(const std::string& kind, const std::string& body, const std::string& styles = "", std::vector<Packed> parts = {}) {
    parts.insert(parts.begin(), {"mimetype", "application/vnd.oasis.opendocument." + kind});
    parts.push_back({"content.xml", "<office:document-content><office:automatic-styles>" + styles +
                                        "</office:automatic-styles><office:body><office:" + kind + ">" + body + "</office:" + kind +
                                        "></office:body></office:document-content>"});
    return test::zip(parts);
}

TEST(Odt, FollowsItsPageBreaks) {
    const std::string styles =
        "<style:style style:name=\"B\" style:family=\"paragraph\" style:parent-style-name=\"A\"/>"
        "<style:style style:name=\"A\" style:family=\"paragraph\" style:parent-style-name=\"B\"><style:paragraph-properties "
        "fo:break-before=\"page\"/></style:style>"
        "<style:style style:name=\"E\" style:family=\"paragraph\"><style:paragraph-properties fo:break-after=\"page\"/></style:style>";
    EXPECT_THAT(
        texts(
            odf("text",
                "<text:p text:style-name=\"B\">1</text:p><text:p>1<text:soft-page-break/>2</text:p><text:p text:style-name=\"B\">3</text:p>"
                "<text:p text:style-name=\"B\"/><text:p text:style-name=\"E\">4</text:p><text:soft-page-break/><text:p>5</text:p>",
                styles)),
        ElementsAre("1\n\n1", "2", "3", "4", "5"));
}

TEST(Odt, ReadsWhatAPersonSees) {
    const std::string styles =
        "<style:style style:name=\"H\" style:family=\"text\"><style:text-properties text:display=\"none\"/></style:style>"
        "<text:list-style style:name=\"L\"><text:list-level-style-number text:level=\"1\" style:num-format=\"1\" style:num-suffix=\".\"/>"
        "<text:list-level-style-number text:level=\"2\" style:num-format=\"a\" style:num-suffix=\")\" "
        "text:display-levels=\"2\"/></text:list-style>";
    const auto item = [](const std::string& text) { return "<text:list-item><text:p>" + text + "</text:p></text:list-item>"; };
    const std::string body =
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion></text:changed-region></"
        "text:tracked-changes>"
        "<text:h text:outline-level=\"2\">Head</text:h><text:p>a<text:s text:c=\"3\"/>b<text:tab/>c <text:span "
        "text:style-name=\"H\">hidden</text:span>"
        "<office:annotation><text:p>comment</text:p></office:annotation><draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></"
        "draw:frame>d</text:p>"
        "<text:list text:style-name=\"L\">" +
        item("one") + "<text:list-item><text:p>two</text:p><text:list>" + item("x") + item("y") +
        "</text:list></text:list-item></text:list>"
        "<text:p>between</text:p><text:list text:style-name=\"L\" text:continue-numbering=\"true\">" +
        item("three") +
        "</text:list>"
        "<text:list text:style-name=\"L\">" +
        item("again") + "</text:list>";
    const Document document = test::read(odf("text", body, styles), "x");
    EXPECT_EQ(document.pages.at(0).text,
              "Head\n\na b c d\n\nboxed\n\n1. one\n2. two\n  2.a) x\n  2.b) y\n\nbetween\n\n3. three\n\n1. again");
    EXPECT_EQ(document.pages[0].headings.at(0).level, 2);
    EXPECT_EQ(document.media_type, "application/vnd.oasis.opendocument.text");
}

TEST(Ods, RepeatedCellsAreLimited) {
    const auto table = [](const std::string& rows) { return "<table:table table:name=\"T\">" + rows + "</table:table>"; };
    const auto cell = [](const std::string& text, const std::string& attributes = "") {
        return "<table:table-cell " + attributes + "><text:p>" + text + "</text:p></table:table-cell>";
    };
    const std::string empty =
        "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell "
        "table:number-columns-repeated=\"16384\"/></table:table-row>";
    EXPECT_THAT(texts(odf("spreadsheet", table("<table:table-row>" + cell("a", "table:number-columns-repeated=\"2\"") + cell("b") +
                                               "</table:table-row>" + empty + "<table:table-row>" + cell("c") + "</table:table-row>"))),
                ElementsAre("| a | a | b |\n| --- | --- | --- |\n\nc"));
    std::string message;
    const std::string full = "<table:table-row table:number-rows-repeated=\"1048000\">" +
                             cell("x", "table:number-columns-repeated=\"16384\"") + "</table:table-row>";
    EXPECT_EQ(test::failure(odf("spreadsheet", table(full)), "x", &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("2000000 cells with a value (ingestion.max_cells)"));
    const std::string hidden =
        "<style:style style:name=\"T\" style:family=\"table\"><style:table-properties table:display=\"false\"/></style:style>";
    EXPECT_EQ(
        test::failure(odf("spreadsheet",
                          "<table:table table:style-name=\"T\"><table:table-row>" + cell("x") + "</table:table-row></table:table>", hidden),
                      "x"),
        errc::empty_document);
}

TEST(Odf, SaysWhatIsWrong) {
    EXPECT_EQ(
        test::failure(
            odf("text", "<text:p>x</text:p>", "", {{"META-INF/manifest.xml", "<m:file-entry><m:encryption-data/></m:file-entry>"}}), "x"),
        errc::encrypted);
    EXPECT_EQ(test::failure(test::zip({{"mimetype", "application/vnd.oasis.opendocument.text"}}), "x"), errc::corrupt);
    EXPECT_EQ(test::failure(odf("text", "<text:p/>"), "x"), errc::empty_document);
    EXPECT_EQ(test::failure(odf("text", repeated("<text:section>", 10'000) + repeated("</text:section>", 10'000)), "x"), errc::corrupt);
}

std::string epub(const std::string& spine, std::vector<Packed> parts) {
    parts.insert(parts.begin(), {{"mimetype", "application/epub+zip"},
                                 {"META-INF/container.xml", "<c><rootfiles><rootfile full-path=\"O/b.opf\"/></rootfiles></c>"}});
    parts.push_back({"O/b.opf",
                     "<package><metadata><dc:title>Book</dc:title><dc:creator>A</dc:creator><dc:creator>B</dc:creator></metadata><manifest>"
                     "<item id=\"n\" href=\"nav.xhtml\" properties=\"nav\"/><item id=\"1\" href=\"text/one%20one.xhtml\"/><item id=\"2\" "
                     "href=\"text/2.xhtml\"/>"
                     "<item id=\"x\" href=\"toc.ncx\"/></manifest><spine toc=\"x\">" +
                         spine + "</spine></package>"});
    return test::zip(parts);
}

TEST(Epub, ChaptersArePagesAndTheContentsNamesThem) {
    const std::string nav =
        "<html><nav epub:type=\"landmarks\"><ol><li><a href=\"text/2.xhtml\">Wrong</a></li></ol></nav><nav epub:type=\"toc\"><ol><li><a "
        "href=\"text/one%20one.xhtml#a\">One</a>"
        "<ol><li><a href=\"text/2.xhtml\">Two &amp; <b>three</b></a></li></ol></li></ol></nav></html>";
    const std::string ncx =
        "<ncx><navMap><navPoint><navLabel><text>Part</text></navLabel><content src=\"text/2.xhtml\"/></navPoint></navMap></ncx>";
    const std::vector<Packed> chapters = {
        {"O/text/one one.xhtml", "<html><head><title/><script src=\"x\"/></head><body><h1>Own</h1><p>first</p></body></html>"},
        {"O/text/2.xhtml", "<html><body><p>second<a id=\"x\"/> part</p></body></html>"}};
    std::vector<Packed> parts = chapters;
    parts.push_back({"O/nav.xhtml", nav});
    const std::string spine = "<itemref idref=\"2\"/><itemref idref=\"1\"/><itemref idref=\"missing\"/>";
    const Document document = test::read(epub(spine, parts), "x");
    EXPECT_EQ(document.metadata.at("author"), "A, B");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(document.pages[0].text, "second part");
    EXPECT_EQ(document.pages[0].headings.at(0).title, "Two & three");
    EXPECT_EQ(document.pages[0].headings.at(0).level, 2);
    EXPECT_EQ(document.pages[1].text, "Own\n\nfirst");
    EXPECT_EQ(document.pages[1].headings.at(0).title, "Own");
    parts = chapters;
    parts.push_back({"O/toc.ncx", ncx});
    EXPECT_EQ(test::read(epub(spine, parts), "x").pages.at(0).headings.at(0).title, "Part");
    parts.push_back({"META-INF/encryption.xml", "<e><d><CipherData><CipherReference URI=\"O/text/2.xhtml\"/></CipherData></d></e>"});
    EXPECT_EQ(test::failure(epub(spine, parts), "x"), errc::encrypted);
    EXPECT_EQ(test::failure(epub("", {}), "x"), errc::empty_document);
}

TEST(Epub, ClosesEmptyElements) {
    EXPECT_EQ(close_empty_elements("<title/><br/><a id='x>/' />t<!-- <b/> --><p a=\"/\">1 < 2"),
              "<title></title><br/><a id='x>/' ></a>t<!-- <b/> --><p a=\"/\">1 < 2");
    EXPECT_EQ(close_empty_elements("<a b=\"unclosed/>"), "<a b=\"unclosed/>");
}

std::string rtf(const std::string& body) {
    return "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}{\\f2\\fcharset128 MS "
           "Mincho;}{\\f3\\fcharset2 Symbol;}}"
           "{\\stylesheet{\\s1\\outlinelevel0 Anything;}{\\s2 heading 2;}{\\*\\cs3 heading 3;}}" +
           body + "}";
}

TEST(Rtf, ReadsCharactersOfAllCodePages) {
    EXPECT_THAT(texts(rtf("\\'fcber {\\f1\\'c4\\'e0} {\\f2\\'93\\'fa\\'96\\'7b} {\\f3\\'b7\\'a7} \\u8364\\'80\\uc2\\u-10179 ??\\u-8704 "
                          "??{\\uc0\\u228}\\u228xxx \\{a\\}\\\\\\~b\\_c\\-d\\emdash\\par")),
                ElementsAre("über Да 日本 • €😀ääx {a}\\ b-cd—"));
}

TEST(Rtf, LeavesOutWhatIsNoText) {
    EXPECT_THAT(texts(rtf("{\\info{\\title T\\'e4}{\\operator op}}{\\header head}{\\*\\unknown gone}seen{\\pict\\bin4 }}}}}{\\v hidden}\\v "
                          "also\\v0 {\\deleted old}"
                          "{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt link}}\\par{\\*\\bkmkstart b}\\par end")),
                ElementsAre("seenlink\n\nend"));
    EXPECT_EQ(
        test::read(rtf("{\\info{\\title T\\'e4\\u8364?}{\\author A}{\\creatim\\yr2024\\mo5\\dy1\\hr9\\min8}{\\nofpages3}}x"), "x").metadata,
        (Metadata{{"title", "Tä€"}, {"author", "A"}, {"created", "2024-05-01T09:08:00Z"}}));
}

TEST(Rtf, MakesBlocksOfParagraphs) {
    const std::string list = "{\\listtext 1.\\tab}", inner = "{\\listtext\\f3 \\'b7\\tab}";
    const Document document = test::read(rtf("\\pard\\s1 Head\\par\\pard\\s2 Sub\\par\\pard " + list + "one\\par\\pard\\ilvl1 " + inner +
                                             "dot\\par\\pard text{\\footnote\\chftn  the note} goes\\line on"
                                             "{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt boxed\\par}}}\\par"
                                             "\\trowd\\cellx1000\\cellx2000\\pard\\intbl a\\cell b\\par c\\cell\\row\\trowd\\cellx2000 "
                                             "d\\cell\\row\\trowd\\cellx1000\\cellx2000 e\\cell f\\cell\\row\\pard after\\par"
                                             "\\page next\\par\\sect\\sectd\\sbknone same\\par\\sect\\sectd third\\par"),
                                         "x");
    ASSERT_EQ(document.pages.size(), 3u);
    EXPECT_EQ(document.pages[0].text,
              "Head\n\nSub\n\n1. one\n  - dot\n\ntext[1] goes\non\n\nboxed\n\n| a | b c |\n| --- | --- |\n| d | |\n| e | f "
              "|\n\nafter\n\n[1] the note");
    EXPECT_EQ(document.pages[0].headings.at(1).level, 2);
    EXPECT_EQ(document.pages[1].text, "next\n\nsame");
    EXPECT_EQ(document.pages[2].text, "third");
}

TEST(Rtf, SurvivesDepthCutsAndNonsense) {
    EXPECT_EQ(test::failure("{\\rtf1 " + repeated("{", 1'000'000) + "x", "x"), errc::corrupt);
    EXPECT_THAT(texts("{\\rtf1 " + repeated("{", 1000) + "x"), ElementsAre("x"));
    EXPECT_THAT(texts("{\\rtf1 x}}}}}} y"), ElementsAre("x y"));
    EXPECT_EQ(test::failure("{\\rtf1}", "x"), errc::empty_document);
    const std::string whole = rtf("a\\'e4\\u228?\\bin2147483647 x{\\trowd\\cellx-99999999999 b\\cell\\row}");
    for (std::size_t size = 6; size < whole.size(); ++size) static_cast<void>(test::failure(whole.substr(0, size), "x"));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(texts("{\\rtf1 " + repeated("\\trowd\\cellx1\\intbl a\\cell\\row\\u99999999 \\'zz{\\*\\b x}", 200'000) + "}").at(0),
                HasSubstr("a"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace docmind
