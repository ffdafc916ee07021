#include "readers/format_reader.hpp"

#include "readers/sniff.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

using namespace std::string_literals;
using test::failure;

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
    EXPECT_EQ(sniff("int main() {}", "main.cpp", "").media_type, "text/x-c++");
    EXPECT_EQ(sniff("  <!-- c --><HTML lang=en>", "x", "").format, Format::html);
    EXPECT_EQ(sniff("<?xml version='1.0'?><feed/>", "a.xml", "").media_type, "application/xml");
}

TEST(FormatReader, says_what_an_unreadable_file_is_and_what_can_be_read) {
    std::string message;
    EXPECT_EQ(failure("7z\xBC\xAF\x27\x1C" + std::string(100, '\0'), "thesis.docx", &message), errc::unsupported);
    EXPECT_NE(message.find("7-Zip archive"), std::string::npos) << message;
    EXPECT_NE(message.find("PDF, images"), std::string::npos) << message;
    for (const std::string& bytes : {"\x7F"
                                     "ELF"s,
                                     "MZ\0\0"s, "\0\1\2\3"s}) {
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

TEST(FormatReader, begins_a_page_of_text_at_a_form_feed) {
    const Document document = test::read("One.\n\f\nTwo.\n\f\fFour.\n\f", "a.txt");
    ASSERT_EQ(document.pages.size(), 4u);
    EXPECT_EQ(document.pages[1].number, 2);
    EXPECT_EQ(document.pages[1].text, "Two.\n");
    EXPECT_EQ(document.pages[2].text, "");
    EXPECT_EQ(document.pages[3].text, "Four.\n");
}

}  // namespace
}  // namespace docmind
