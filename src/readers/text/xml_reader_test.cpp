#include "readers/text/xml_reader.hpp"

#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

std::string text_of(std::string_view xml) {
    return test::read(xml, "a.xml").pages.at(0).text;
}

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Xml, OfADocumentIsItsBlocksAndHeadings) {
    const Document document = test::read(R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article SYSTEM "http://evil/x.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<article xml:lang="en"><title>The &amp; title</title><!-- no --><?pi no?>
<para>Text with <emphasis>two</emphasis> elements&#8212;and &x; one entity.</para>
<section><title>Part</title><para>Short.</para><programlisting>  a
    b</programlisting><db:para xmlns:db="x"><![CDATA[1 < 2]]></db:para></section></article>)",
                                         "a.xml");
    EXPECT_EQ(document.media_type, "application/xml");
    EXPECT_EQ(document.metadata.at("title"), "The & title");
    EXPECT_EQ(document.metadata.at("language"), "en");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, "The & title\n\nText with two elements—and &x; one entity.\n\nPart\n\nShort.\n\n  a\n    b\n\n1 < 2");
    ASSERT_EQ(page.headings.size(), 2u);
    EXPECT_EQ(page.headings[1].title, "Part");
    EXPECT_EQ(page.headings[1].level, 2);
}

TEST(Xml, OfDataIsNamesAndValues) {
    EXPECT_EQ(text_of(R"(<?xml version="1.0"?><r:shop xmlns:r="x"><item id="1"><name>Tea</name><price unit="EUR">3</price></item>
<item id="2"><name>Salt</name><text>&lt;p&gt;One &lt;b&gt;bold&lt;/b&gt;&lt;/p&gt;</text></item></r:shop>)"),
              "id: 1\nname: Tea\nunit: EUR\nprice: 3\n\nid: 2\nname: Salt\ntext:\n\nOne bold");
}

TEST(Xml, FollowsNoEntity) {
    std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a0 \"ha\">";
    for (int i = 1; i < 100; ++i) {
        const std::string before = "&a" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY a" + std::to_string(i) + " \"" + before + before + "\">";
    }
    EXPECT_EQ(text_of(bomb + "]><b>&a99;</b>"), "b: &a99;");
}

TEST(Xml, ThatIsNotWellFormedStaysAsItStands) {
    for (const std::string xml :
         {"<?xml version=\"1.0\"?><a>text<b>", "<?xml version=\"1.0\"?><a>text</b>", "<?xml version=\"1.0\"?><a x=>text</a>"})
        EXPECT_EQ(text_of(xml), xml);
}

TEST(Xml, TakesTimeInProportionHoweverItNests) {
    EXPECT_EQ(text_of("<?xml version=\"1.0\"?>" + repeated("<a>", 100'000) + "deep" + repeated("</a>", 100'000)), "a: deep");
    EXPECT_EQ(text_of("<?xml version=\"1.0\"?><a>x" + repeated("<a>", 100'000) + "deep" + repeated("</a>", 100'000) + "</a>"), "xdeep");
    EXPECT_NE(text_of("<?xml version=\"1.0\"?><!DOCTYPE a " + repeated("[", 100'000) + repeated("<!", 100'000)), "");
    EXPECT_EQ(text_of("<?xml version=\"1.0\"?><a " + repeated("b='c' ", 200'000) + ">x</a>").substr(0, 5), "b: c\n");
}

TEST(Xml, IsReadInTheEncodingItDeclares) {
    EXPECT_EQ(text_of("<?xml version='1.0' encoding='windows-1251'?><a>\xCF\xF0\xE8\xE2\xE5\xF2</a>"), "a: Привет");
}

}  // namespace
}  // namespace docmind
