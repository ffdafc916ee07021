// Word, Excel and PowerPoint files made here, part by part.

#include "readers/office/list_number.hpp"
#include "readers/office/number_format.hpp"
#include "readers/office/opc_package.hpp"
#include "readers/office/sheet.hpp"
#include "readers/office/xml.hpp"
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

std::string relations(const std::vector<std::pair<std::string, std::string>>& types_and_targets) {
    std::string xml = "<Relationships>";
    int id = 0;
    for (const auto& [type, target] : types_and_targets)
        xml += "<Relationship Id=\"r" + std::to_string(++id) + "\" Type=\"http://x/" + type + "\" Target=\"" + target + "\"/>";
    return xml + "</Relationships>";
}

std::string docx(const std::string& body, std::vector<Packed> parts = {}) {
    parts.push_back({"[Content_Types].xml", "<Types/>"});
    parts.push_back({"_rels/.rels", relations({{"officeDocument", "word/document.xml"}})});
    parts.push_back(
        {"word/_rels/document.xml.rels",
         relations(
             {{"styles", "styles.xml"}, {"numbering", "numbering.xml"}, {"footnotes", "footnotes.xml"}, {"endnotes", "endnotes.xml"}})});
    parts.push_back({"word/document.xml", "<w:document><w:body>" + body + "</w:body></w:document>"});
    return test::zip(parts);
}

std::string p(const std::string& runs, const std::string& properties = "") {
    return "<w:p><w:pPr>" + properties + "</w:pPr>" + runs + "</w:p>";
}

std::string r(const std::string& text, const std::string& before = "") {
    return "<w:r>" + before + "<w:t xml:space=\"preserve\">" + text + "</w:t></w:r>";
}

std::vector<std::string> texts(const std::string& bytes, const ReadOptions& options = {}) {
    std::vector<std::string> all;
    for (const Page& page : test::read(bytes, "x", "", options).pages) all.push_back(page.text);
    return all;
}

constexpr auto rendered_break = "<w:lastRenderedPageBreak/>";
constexpr auto page_break = "<w:r><w:br w:type=\"page\"/></w:r>";

TEST(Docx, KeepsWhatWasInsertedAndDropsWhatWasDeletedOrHidden) {
    EXPECT_THAT(texts(docx(p(r("a ") + "<w:ins>" + r("new ") + "</w:ins><w:del><w:r><w:delText>old </w:delText></w:r></w:del>" +
                             "<w:moveFrom>" + r("moved ") + "</w:moveFrom><w:moveTo>" + r("moved ") + "</w:moveTo>" +
                             "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>" +
                             "<w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>seen</w:t></w:r>") +
                           p(r("one"), "<w:rPr><w:del/></w:rPr>") + p(r(" two")))),
                ElementsAre("a new moved seen\n\none two"));
}

TEST(Docx, CountsEachPageBreakOnce) {
    // Where Word broke the page, where the author did, and both at the same place.
    EXPECT_THAT(texts(docx(p(r("1")) + p(r("2", rendered_break)) + p(r("2b") + page_break) + p(r("3", rendered_break)) +
                           p(r("4", rendered_break), "<w:pageBreakBefore/>"))),
                ElementsAre("1", "2\n\n2b", "3", "4"));
    // An empty page is a page.
    EXPECT_THAT(texts(docx(p(r("1") + page_break + page_break) + p(r("3")))), ElementsAre("1", "", "3"));
    // Sections: the type is said by the one that begins.
    const std::string section = "<w:sectPr/>", continuous = "<w:sectPr><w:type w:val=\"continuous\"/></w:sectPr>";
    EXPECT_THAT(texts(docx(p(r("1"), section) + p(r("1b"), continuous) + p(r("2", rendered_break), section) + section)),
                ElementsAre("1\n\n1b", "2", ""));
    EXPECT_THAT(texts(docx(p(r("1"), continuous) + p(r("2", rendered_break)) + section)), ElementsAre("1", "2"));
}

TEST(Docx, BreaksPagesBetweenTheRowsOfATable) {
    const auto row = [](const std::string& first, const std::string& second) {
        return "<w:tr><w:tc>" + p(first) + "</w:tc><w:tc>" + p(second) + "</w:tc></w:tr>";
    };
    EXPECT_THAT(texts(docx("<w:tbl>" + row(r("a"), r("b")) + row(r("c") + r("d", rendered_break), r("e") + r("f", rendered_break)) +
                           row(r("g"), r("h")) + row(r("i", rendered_break), r("j")) + "</w:tbl>" + p(r("end")))),
                ElementsAre("| a | b |\n| --- | --- |\n| cd | ef |", "| g | h |\n| --- | --- |", "| i | j |\n| --- | --- |\n\nend"));
}

TEST(Docx, MergedCellsStayInTheirColumns) {
    const std::string merged = "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>" + p(r("wide")) +
                               "</w:tc><w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr>" + p(r("tall")) + "</w:tc></w:tr><w:tr><w:tc>" +
                               p(r("1")) + "</w:tc><w:tc>" + p(r("2")) + "</w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr>" + p(r("covered")) +
                               "</w:tc></w:tr></w:tbl>";
    EXPECT_THAT(texts(docx(merged)), ElementsAre("| wide | | tall |\n| --- | --- | --- |\n| 1 | 2 | |"));
}

TEST(Docx, NumbersListsAndHeadingsAsWordDoes) {
    const std::string numbering =
        "<w:numbering><w:abstractNum w:abstractNumId=\"0\">"
        "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/></w:lvl>"
        "<w:lvl w:ilvl=\"1\"><w:start w:val=\"1\"/><w:numFmt w:val=\"lowerLetter\"/><w:lvlText w:val=\"%1%2)\"/></w:lvl></w:abstractNum>"
        "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>"
        "<w:num w:numId=\"2\"><w:abstractNumId w:val=\"0\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride "
        "w:val=\"7\"/></w:lvlOverride></w:num>"
        "</w:numbering>";
    const std::string styles =
        "<w:styles><w:style w:type=\"paragraph\" w:styleId=\"H\"><w:name w:val=\"My Heading\"/><w:basedOn w:val=\"B\"/></w:style>"
        "<w:style w:type=\"paragraph\" w:styleId=\"B\"><w:name w:val=\"heading 2\"/><w:basedOn w:val=\"H\"/></w:style></w:styles>";
    const auto item = [](int number, int level) {
        return "<w:numPr><w:ilvl w:val=\"" + std::to_string(level) + "\"/><w:numId w:val=\"" + std::to_string(number) + "\"/></w:numPr>";
    };
    const std::string heading = "<w:pStyle w:val=\"H\"/>";
    const Document document =
        test::read(docx(p(r("one"), item(1, 0)) + p(r("inner"), item(1, 1)) + p(r("inner"), item(1, 1)) + p(r("two"), item(1, 0)) +
                            p("", item(1, 0)) + p(r("Head"), heading + item(1, 0)) + p(r("seven"), item(2, 0)) + p(r("dot"), item(9, 0)),
                        {{"word/numbering.xml", numbering}, {"word/styles.xml", styles}}),
                   "x");
    EXPECT_EQ(document.pages.at(0).text, "1. one\n  1a) inner\n  1b) inner\n2. two\n\n4. Head\n\n7. seven\n\n- dot");
    ASSERT_EQ(document.pages[0].headings.size(), 1u);
    EXPECT_EQ(document.pages[0].headings[0].level, 2);  // of a chain of styles that bites its own tail
}

TEST(Docx, NotesStandAtTheEndAndBoxesAfterTheirParagraph) {
    const auto note = [](const std::string& text) {
        return "<w:notes><w:footnote w:id=\"2\">" + p("<w:r><w:footnoteRef/></w:r>" + r(" " + text)) + "</w:footnote></w:notes>";
    };
    const std::string box = "<w:r><mc:AlternateContent><mc:Choice><w:txbxContent>" + p(r("in the box")) +
                            "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" + p(r("in the box")) +
                            "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>";
    EXPECT_THAT(texts(docx(p(r("text") + "<w:r><w:footnoteReference w:id=\"2\"/></w:r>" + box + r(" goes on.") +
                             "<w:r><w:endnoteReference w:id=\"2\"/></w:r>") +
                               p(r("more", rendered_break)),
                           {{"word/footnotes.xml", note("foot")}, {"word/endnotes.xml", note("end")}})),
                ElementsAre("text[1] goes on.[i]\n\nin the box\n\n[1] foot", "more\n\n[i] end"));
}

TEST(Docx, IsNotFooledByHostileXml) {
    const std::string laughs =
        "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    std::vector<Packed> parts = {{"[Content_Types].xml", ""}, {"_rels/.rels", relations({{"officeDocument", "word/document.xml"}})}};
    parts.push_back({"word/document.xml", laughs + "<d><body><p><r><t>before &b;&x; after</t></r></p></body></d>"});
    const std::string text = texts(test::zip(parts)).at(0);
    EXPECT_THAT(text, HasSubstr("before"));
    EXPECT_THAT(text, Not(HasSubstr("ha")));
    EXPECT_THAT(text, Not(HasSubstr("root")));

    EXPECT_EQ(test::failure(docx(repeated("<w:sdt>", 100'000) + repeated("</w:sdt>", 100'000)), "x"), errc::corrupt);
    EXPECT_EQ(test::failure(docx("<w:p><w:r>"), "x"), errc::corrupt);
    EXPECT_EQ(test::failure(docx(""), "x"), errc::empty_document);
    const std::string boxes = p(repeated(
        "<w:r><w:txbxContent>" + p("<w:r><w:txbxContent>" + p(r("x")) + "</w:txbxContent></w:r>") + "</w:txbxContent></w:r>", 20'000));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(texts(docx(boxes)).at(0), HasSubstr("x\n\nx"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Docx, StopsAtTooManyPages) {
    std::string message;
    try {
        texts(docx(p(repeated(page_break, 10) + r("x"))), {.max_pages = 5});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::too_large);
        EXPECT_THAT(error.what(), HasSubstr("more than 5 pages (ingestion.max_pages)"));
    }
}

std::string xlsx(const std::vector<std::string>& rows_of_sheets, const std::string& strings = "", const std::string& styles = "",
                 const std::string& book = "") {
    std::vector<std::pair<std::string, std::string>> targets;
    std::string sheets;
    std::vector<Packed> parts = {{"[Content_Types].xml", ""}, {"_rels/.rels", relations({{"officeDocument", "/xl/workbook.xml"}})}};
    for (std::size_t i = 0; i < rows_of_sheets.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        sheets += "<sheet name=\"S" + number + "\" sheetId=\"" + number + "\" r:id=\"r" + number + "\"" +
                  (i == 1 ? " state=\"hidden\"" : "") + "/>";
        targets.emplace_back("worksheet", "sheet" + number + ".xml");
        parts.push_back({"xl/sheet" + number + ".xml", "<worksheet><sheetData>" + rows_of_sheets[i] + "</sheetData></worksheet>"});
    }
    targets.emplace_back("sharedStrings", "s.xml");
    targets.emplace_back("styles", "styles.xml");
    parts.push_back({"xl/_rels/workbook.xml.rels", relations(targets)});
    parts.push_back({"xl/workbook.xml", "<workbook>" + book + "<sheets>" + sheets + "</sheets></workbook>"});
    parts.push_back({"xl/s.xml", "<sst>" + strings + "</sst>"});
    parts.push_back({"xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>"});
    return test::zip(parts);
}

TEST(Xlsx, ReadsEveryKindOfCell) {
    const std::string strings = "<si><t>text</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>kana</t></rPh></si>";
    const std::string styles =
        "<numFmts><numFmt numFmtId=\"170\" formatCode=\"dd/mm/yyyy hh:mm\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf "
        "numFmtId=\"170\"/><xf numFmtId=\"10\"/></cellXfs>";
    const std::string row =
        "<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c t=\"inlineStr\"><is><t>inline</t></is></c><c t=\"b\"><v>1</v></c>"
        "<c t=\"str\"><f>A1&amp;B1</f><v>formula</v></c><c s=\"1\"><v>45413.4375</v></c><c "
        "s=\"2\"><v>0.125</v></c><c><v>0.30000000000000004</v></c>"
        "<c t=\"e\"><v>#DIV/0!</v></c><c t=\"s\"><v>99</v></c></row>";
    EXPECT_THAT(texts(xlsx({row + "<row/>" + "<row><c><v>1</v></c></row>", row, row + row}, strings, styles)),
                ElementsAre("| text | rich text | inline | TRUE | formula | 2024-05-01 10:30 | 12.50% | 0.3 | #DIV/0! |\n"
                            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n\n1",
                            HasSubstr("--- |\n| text |")));
    EXPECT_THAT(texts(xlsx({"<row><c s=\"1\"><v>0</v></c><c s=\"1\"><v>1.5</v></c></row>"}, "", styles, "<workbookPr date1904=\"1\"/>")),
                ElementsAre(HasSubstr("| 00:00 | 1904-01-02 12:00 |")));
}

TEST(Xlsx, ASparseSheetStaysSmall) {
    std::string rows;
    for (int i = 0; i < 1000; ++i)
        rows += "<row r=\"" + std::to_string(i + 1) + "\"><c r=\"" +
                cell_name(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i * 16)) + "\"><v>7</v></c></row>";
    rows += "<row r=\"1048576\"><c r=\"XFD1048576\" t=\"inlineStr\"><is><t>corner</t></is></c><c r=\"ZZZZ9\"><v>1</v></c></row>";
    const std::string text = texts(xlsx({rows})).at(0);
    EXPECT_LT(text.size(), 100'000u);
    EXPECT_THAT(text, HasSubstr("corner"));
    // Dense rows under a diagonal, which would make a table of a million cells.
    std::string diagonal;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        diagonal += "<row>";
        for (const std::uint32_t column : {i, i + 1}) diagonal += "<c r=\"" + cell_name(i, column) + "\"><v>7</v></c>";
        diagonal += "</row>";
    }
    EXPECT_LT(texts(xlsx({diagonal})).at(0).size(), 100'000u);
}

TEST(Xlsx, CountsCellsWithAValue) {
    const std::string row = "<row>" + repeated("<c s=\"1\"/>", 1000) + "<c><v>1</v></c><c><v>2</v></c></row>";
    EXPECT_EQ(texts(xlsx({row + row}), {.max_cells = 4}).size(), 1u);
    try {
        texts(xlsx({row + row + row}), {.max_cells = 4});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::too_large);
        EXPECT_THAT(error.what(), HasSubstr("more than 4 cells with a value (ingestion.max_cells)"));
    }
}

TEST(Xlsx, AStringThatIsUsedOftenCountsEachTime) {
    const std::string bytes =
        xlsx({"<row>" + repeated("<c t=\"s\"><v>0</v></c>", 10'000) + "</row>"}, "<si><t>" + std::string(1'000'000, 'x') + "</t></si>");
    EXPECT_EQ(test::failure(bytes, "x"), errc::too_large);
}

TEST(Xlsx, ReadsSheetsOfManyRowsWithoutATreeOfAll) {
    std::string rows;
    for (int i = 0; i < 200'000; ++i) rows += "<x:row><x:c><x:v>" + std::to_string(i) + "</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row>";
    std::string bytes = xlsx({rows});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(texts(bytes).at(0), HasSubstr("| 199999 | 1 |"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Sheet, TitlesStandOverTheirTableAndRegionsAreApart) {
    Sheet sheet;
    sheet.set(0, 0, "Title");
    sheet.set(1, 0, "a");
    sheet.set(1, 5, "b");
    sheet.set(2, 5, "c");
    sheet.set(9, 3, "below");
    PageWriter writer;
    sheet.write(&writer);
    EXPECT_EQ(writer.take(1).text, "Title\n\n| a | b |\n| --- | --- |\n| | c |\n\nbelow");
    EXPECT_EQ(cell_name(0, 0), "A1");
    EXPECT_EQ(cell_name(1'048'575, 16'383), "XFD1048576");
}

TEST(NumberFormat, KnowsDatesFromNumbers) {
    const auto shown = [](std::string_view value, std::string_view code) {
        return shown_number(value, NumberFormat::of_code(code), false);
    };
    EXPECT_EQ(shown("45413", "yyyy\\-mm\\-dd;@"), "2024-05-01");
    EXPECT_EQ(shown("45413", "[$-407]d. mmmm yyyy"), "2024-05-01");
    EXPECT_EQ(shown("0.4375", "h:mm AM/PM"), "10:30");
    EXPECT_EQ(shown("1.5", "[h]:mm:ss"), "36:00");
    EXPECT_EQ(shown("1234.5", "#,##0.00 \"days\""), "1234.50");
    EXPECT_EQ(shown("1234.5", "[Red]0;-0"), "1234");
    EXPECT_EQ(shown("0.5", "0%"), "50%");
    EXPECT_EQ(shown("-0.001", "0.0"), "0.0");
    EXPECT_EQ(shown("45413", "General"), "45413");
    EXPECT_EQ(shown("1e300", "0.00"), "1e+300");
    EXPECT_EQ(shown("nan", "0.00"), "nan");
    EXPECT_EQ(shown("-5", "yyyy"), "-5");
    EXPECT_EQ(shown("59", "yyyy-mm-dd"), "1900-02-28");
    EXPECT_EQ(shown("61", "yyyy-mm-dd"), "1900-03-01");
    EXPECT_EQ(shown_number("45413", NumberFormat::of_id(14), false), "2024-05-01");
    EXPECT_EQ(shown_number("2.345", NumberFormat::of_id(2), false), "2.35");
}

TEST(ResolvePart, NeverLeadsOutside) {
    EXPECT_EQ(resolve_part("x/y/z.xml", "../a.xml"), "x/a.xml");
    EXPECT_EQ(resolve_part("x/y.xml", "/a/./b.xml"), "a/b.xml");
    EXPECT_EQ(resolve_part("", "../../../etc/passwd"), "etc/passwd");
}

TEST(Xml, ItemsOfLongListsComeOneByOne) {
    const auto items = [](const std::string& xml) {
        std::string all;
        for_each_item(xml, "list", "item", "x", [&](pugi::xml_node node) { all += own_text(node) + ","; });
        return all;
    };
    EXPECT_EQ(items("<l:list a='1'><l:item>1</l:item><other>2</other><l:item/><l:item>3</l:item></l:list><item>4</item>"), "1,,3,");
    EXPECT_EQ(items("<list/><list><item>1</item></list>"), "");
    EXPECT_EQ(items("<listing><item>1</item></listing>"), "");
    std::string many, all;
    for (int i = 0; i < 100'000; ++i) {
        many += "<item>" + std::to_string(i) + "</item>";
        all += std::to_string(i) + ",";
    }
    EXPECT_EQ(items("<list>" + many + "</list>"), all);
    EXPECT_THROW(items("<list>" + many + "<item>1</item </list>"), Error);
    EXPECT_THROW(items("<list><item>1</item>"), Error);
    EXPECT_THROW(items("<list><item>1</list>"), Error);
    EXPECT_EQ(items(std::string(1'000'000, ':') + repeated("list", 100'000)), "");
}

TEST(ListNumber, IsAsPeopleSeeIt) {
    EXPECT_EQ(list_number(28, "lowerLetter"), "bb");
    EXPECT_EQ(list_number(1994, "upperRoman"), "MCMXCIV");
    EXPECT_EQ(list_number(4, "i"), "iv");
    EXPECT_EQ(list_number(7, "decimalZero"), "07");
    EXPECT_EQ(list_number(-3, "A"), "-3");
    EXPECT_EQ(list_number(2'000'000'000, "a"), "2000000000");
}

std::string pptx(const std::string& shapes, const std::string& notes = "") {
    const auto tree = [](const std::string& content) { return "<p:sld><p:cSld><p:spTree>" + content + "</p:spTree></p:cSld></p:sld>"; };
    const std::string master =
        "<p:m><p:txStyles><p:bodyStyle><a:lvl1pPr><a:buChar char=\"x\"/></a:lvl1pPr></p:bodyStyle></p:txStyles></p:m>";
    const std::string plain =
        "<p:sp><p:nvSpPr><p:nvPr><p:ph "
        "idx=\"7\"/></p:nvPr></p:nvSpPr><p:txBody><a:lstStyle><a:lvl1pPr><a:buNone/></a:lvl1pPr></a:lstStyle></p:txBody></p:sp>";
    return test::zip(
        {{"[Content_Types].xml", ""},
         {"_rels/.rels", relations({{"officeDocument", "ppt/presentation.xml"}})},
         {"ppt/presentation.xml",
          "<p:presentation><p:sldIdLst><p:sldId id=\"256\" r:id=\"r1\"/><p:sldId id=\"257\" r:id=\"r9\"/></p:sldIdLst></p:presentation>"},
         {"ppt/_rels/presentation.xml.rels", relations({{"slide", "slides/1.xml"}})},
         {"ppt/slides/1.xml", tree(shapes)},
         {"ppt/slides/_rels/1.xml.rels", relations({{"slideLayout", "../l.xml"}, {"notesSlide", "../n.xml"}, {"diagramData", "../d.xml"}})},
         {"ppt/l.xml", tree(plain)},
         {"ppt/_rels/l.xml.rels", relations({{"slideMaster", "m.xml"}})},
         {"ppt/m.xml", master},
         {"ppt/n.xml", tree(notes)},
         {"ppt/d.xml", "<d><ptLst><pt><t><a:p><a:r><a:t>in a diagram</a:t></a:r></a:p></t></pt></ptLst></d>"}});
}

std::string shape(const std::string& placeholder, const std::string& paragraphs) {
    return "<p:sp><p:nvSpPr><p:nvPr>" + placeholder + "</p:nvPr></p:nvSpPr><p:txBody>" + paragraphs + "</p:txBody></p:sp>";
}

std::string line(const std::string& text, const std::string& properties = "") {
    return "<a:p><a:pPr>" + properties + "</a:pPr><a:r><a:t>" + text + "</a:t></a:r></a:p>";
}

TEST(Pptx, ReadsASlideInOrder) {
    const std::string number = "<a:buAutoNum type=\"alphaLcParenR\"/>";
    const std::string shapes =
        shape("<p:ph idx=\"1\"/>", line("bullet") + line("plain", "<a:buNone/>") + line("first", number) + line("second", number)) +
        shape("<p:ph idx=\"7\"/>", line("no bullet here")) + "<p:grpSp>" + shape("", line("in a group")) + "</p:grpSp>" +
        "<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds r:dm=\"r3\"/></a:graphicData></a:graphic></p:graphicFrame>" +
        shape("<p:ph type=\"ftr\"/>", line("footer")) + shape("<p:ph type=\"sldNum\"/>", line("4")) +
        shape("<p:ph type=\"title\"/>", line("The title"));
    const Document document =
        test::read(pptx(shapes, shape("<p:ph type=\"body\"/>", line("say this")) + shape("<p:ph type=\"sldNum\"/>", line("4"))), "x");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(
        document.pages[0].text,
        "The title\n\n- bullet\n\nplain\n\na) first\nb) second\n\nno bullet here\n\nin a group\n\nin a diagram\n\nNotes:\n\nsay this");
    EXPECT_EQ(document.pages[0].headings.at(0).title, "The title");
    EXPECT_EQ(document.pages[1].text, "");  // a slide that is missing keeps its number
}

TEST(Office, SaysThatOldFilesAndPasswordsAreNotRead) {
    const std::string ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(600, '\0');
    std::string message;
    EXPECT_EQ(test::failure(ole, "a.doc", &message), errc::unsupported);
    EXPECT_THAT(message, HasSubstr("save it as DOCX"));
    std::string stream;
    for (const char c : std::string("EncryptedPackage")) stream.append({c, '\0'});
    EXPECT_EQ(test::failure(ole + stream, "a.docx"), errc::encrypted);
    EXPECT_EQ(test::failure(test::zip({{"[Content_Types].xml", ""}, {"xl/workbook.bin", ""}}), "a.xlsb", &message), errc::unsupported);
    EXPECT_EQ(test::failure(test::zip({{"[Content_Types].xml", ""}, {"word/document.xml", "<a/>"}}), "a.docx"), errc::corrupt);
}

}  // namespace
}  // namespace docmind
