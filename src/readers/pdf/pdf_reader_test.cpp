#include "readers/pdf/pdf_reader.hpp"

#include "readers/pdf/page_layout.hpp"
#include "readers/test_collect.hpp"
#include "readers/test_pdf.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>

namespace docmind {
namespace {

using test::failure;
using test::lines;
using test::make_pdf;

std::string file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

std::string word(const Page& page, std::size_t i) {
    return page.text.substr(page.words.at(i).begin, page.words.at(i).end - page.words.at(i).begin);
}

TEST(PdfReader, reads_text_words_and_sizes_page_by_page) {
    const Document document = test::read(make_pdf({lines({"Hello there", "second line"}), lines({"Page two"})}), "a.pdf");
    EXPECT_EQ(document.media_type, "application/pdf");
    ASSERT_EQ(document.pages.size(), 2u);
    const Page& page = document.pages[0];
    EXPECT_EQ(page.number, 1);
    EXPECT_EQ(page.text, "Hello there\nsecond line");
    EXPECT_EQ(page.width, 300);
    EXPECT_EQ(page.height, 200);
    ASSERT_EQ(page.words.size(), 4u);
    EXPECT_EQ(word(page, 0), "Hello");
    EXPECT_EQ(word(page, 3), "line");
    EXPECT_EQ(document.pages[1].number, 2);
    EXPECT_EQ(document.pages[1].text, "Page two");
}

TEST(PdfReader, places_words_in_points_from_the_top_left) {
    const Document document = test::read(make_pdf({lines({"Hello there"})}), "a.pdf");
    const WordBox& first = document.pages.at(0).words.at(0);
    const WordBox& second = document.pages.at(0).words.at(1);
    EXPECT_NEAR(first.x0, 20, 1);
    EXPECT_NEAR(first.y1, 200 - 180 + 3, 3);  // the baseline and a descender below it
    EXPECT_NEAR(first.y1 - first.y0, 12, 4);
    EXPECT_GT(second.x0, first.x1);
    EXPECT_FLOAT_EQ(second.y0, first.y0);
}

TEST(PdfReader, gives_a_turned_page_the_size_it_is_shown_with) {
    const Document document = test::read(make_pdf({lines({"Hello"})}, "<< >>", "/Rotate 90"), "a.pdf");
    EXPECT_EQ(document.pages.at(0).width, 200);
    EXPECT_EQ(document.pages.at(0).height, 300);
    for (const WordBox& box : document.pages.at(0).words) {
        EXPECT_LE(box.x1, 200);
        EXPECT_LE(box.y1, 300);
    }
}

TEST(PdfReader, reads_title_author_and_dates) {
    const Document document = test::read(
        make_pdf({lines({"x"})}, "<< /Title (A \\(good\\) title) /Author <FEFF00C400720000> /CreationDate (D:20240229123456Z) >>"),
        "a.pdf");
    EXPECT_EQ(document.metadata.at("title"), "A (good) title");
    EXPECT_EQ(document.metadata.at("author"), "Är");
    EXPECT_EQ(document.metadata.at("created"), "2024-02-29T12:34:56Z");
    EXPECT_FALSE(document.metadata.contains("modified"));
}

TEST(PdfReader, joins_hyphenated_words_and_keeps_a_box_for_each_half) {
    const Document document = test::read(make_pdf({lines({"a conve-", "nient way"})}), "a.pdf");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, "a convenient way");
    ASSERT_EQ(page.words.size(), 4u);
    EXPECT_EQ(word(page, 1), "conve");
    EXPECT_EQ(word(page, 2), "nient");
    EXPECT_GT(page.words[2].y0, page.words[1].y0);
}

TEST(PdfReader, says_that_a_document_has_no_text) {
    const std::string pdf = make_pdf({"0 0 100 100 re f", ""});
    std::string message;
    EXPECT_EQ(failure(pdf, "scan.pdf", &message), errc::empty_document);
    EXPECT_EQ(message, "This PDF has 2 pages but no text, and text recognition (OCR) found none.");
    EXPECT_EQ(failure(pdf, "scan.pdf", &message, {.ocr = OcrStrategy::fast}), errc::empty_document);
    EXPECT_NE(message.find("looks like a scan"), std::string::npos) << message;
    EXPECT_NE(message.find("ingestion.ocr"), std::string::npos) << message;
    EXPECT_EQ(failure(pdf, "scan.pdf", &message, {.languages = "eng+nonsense_x"}), errc::unsupported);
    EXPECT_NE(message.find("tesseract-ocr-nonsense-x"), std::string::npos) << message;
    EXPECT_NE(message.find("ingestion.languages"), std::string::npos) << message;
}

TEST(PdfReader, refuses_more_pages_than_it_may_read) {
    std::string message;
    EXPECT_EQ(failure(make_pdf({lines({"a"}), lines({"b"})}), "a.pdf", &message, {.max_pages = 1}), errc::too_large);
    EXPECT_NE(message.find("more than 1 (ingestion.max_pages)"), std::string::npos) << message;
}

TEST(PdfReader, keeps_pages_without_text_in_their_place) {
    const Document document = test::read(make_pdf({"", lines({"text"})}), "a.pdf");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(document.pages[0].text, "");
    EXPECT_EQ(document.pages[1].text, "text");
}

TEST(PdfReader, refuses_a_document_without_pages) {
    std::string message;
    EXPECT_EQ(failure(make_pdf({}), "none.pdf", &message), errc::empty_document);
    EXPECT_EQ(message, "This PDF has no pages.");
}

TEST(PdfReader, refuses_a_document_with_a_password) {
    const std::string bytes = file("tests/data/encrypted.pdf");
    ASSERT_FALSE(bytes.empty()) << "tests/data/encrypted.pdf is missing";
    std::string message;
    EXPECT_EQ(failure(bytes, "a.pdf", &message), errc::encrypted);
    EXPECT_NE(message.find("password"), std::string::npos);
}

TEST(PdfReader, reads_a_document_that_is_encrypted_without_a_password) {
    const Document document = test::read(file("tests/data/encrypted-without-password.pdf"), "a.pdf");
    EXPECT_EQ(document.pages.at(0).text, "A secret sentence.");
}

TEST(PdfReader, calls_damaged_bytes_damaged) {
    EXPECT_EQ(failure("%PDF-1.7\n" + std::string(1000, 'x'), "a.pdf"), errc::corrupt);
    EXPECT_EQ(failure(std::string("\0\1\2\3", 4) + std::string(100, '\xFE'), "a.pdf"), errc::corrupt);
    EXPECT_EQ(failure("%PDF-", "a.pdf"), errc::corrupt);
}

TEST(PdfReader, reads_a_document_whose_table_of_objects_is_lost) {
    std::string bytes = make_pdf({lines({"still there"})});
    bytes.resize(bytes.find("xref\n"));
    bytes += "trailer << /Root 1 0 R /Size 7 >>";
    EXPECT_EQ(test::read(bytes, "a.pdf").pages.at(0).text, "still there");
}

TEST(PdfReader, comes_to_an_end_with_a_circle_in_the_tree_of_pages) {
    std::string bytes = make_pdf({lines({"x"})});
    const auto kids = bytes.find("/Kids [5 0 R ]");
    ASSERT_NE(kids, std::string::npos);
    bytes.replace(kids, 14, "/Kids [2 0 R ]");
    const auto code = failure(bytes, "a.pdf");
    EXPECT_TRUE(code == errc::corrupt || code == errc::empty_document);
}

TEST(PdfReader, ends_with_a_document_or_an_error_whatever_bytes_are_changed) {
    const std::string whole = make_pdf({lines({"Hello there", "second line"}), lines({"Page two"})});
    std::mt19937 random(42);
    for (int round = 0; round < 500; ++round) {
        std::string bytes = whole;
        for (int flips = 1 + static_cast<int>(random() % 8); flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        try {
            for (const Page& page : test::read(bytes, "a.pdf").pages) {
                for (const WordBox& box : page.words) ASSERT_LE(box.end, page.text.size());
            }
        } catch (const Error&) {
            continue;
        }
    }
}

PlacedWord at(std::string_view text, float x, float y, bool space_after = false) {
    return {.text = std::string(text),
            .x0 = x,
            .y0 = y,
            .x1 = x + 6 * static_cast<float>(text.size()),
            .y1 = y + 10,
            .space_after = space_after};
}

std::string layout(const std::vector<PlacedWord>& words) {
    PageLayout layout;
    for (const auto& word : words) layout.add(word);
    return layout.take().text;
}

TEST(PageLayout, joins_what_touches_and_parts_what_stands_apart) {
    EXPECT_EQ(layout({at("read", 0, 0), at("()", 24, 0, true), at("is", 42, 0)}), "read() is");
    EXPECT_EQ(layout({at("1.2", 0, 0), at("Title", 40, 0)}), "1.2 Title");
}

TEST(PageLayout, sees_lines_paragraphs_and_columns) {
    EXPECT_EQ(layout({at("one", 0, 0), at("two", 0, 12), at("three", 0, 40)}), "one\ntwo\n\nthree");
    EXPECT_EQ(layout({at("left", 0, 0), at("below", 0, 12), at("right", 200, 0)}), "left\nbelow\nright");
}

TEST(PageLayout, keeps_a_superscript_on_its_line) {
    EXPECT_EQ(layout({at("x", 0, 4), at("2", 6, 0, true), at("y", 20, 4)}), "x2 y");
}

TEST(PageLayout, keeps_hyphens_that_are_no_hyphenation) {
    EXPECT_EQ(layout({at("x-", 0, 0), at("1", 0, 12)}), "x-\n1");
    EXPECT_EQ(layout({at("Anglo-", 0, 0), at("Saxon", 0, 12)}), "Anglo-\nSaxon");
    EXPECT_EQ(layout({at("-", 0, 0), at("item", 0, 12)}), "-\nitem");
}

TEST(PageLayout, reads_turned_text_along_its_lines) {
    PlacedWord up{.text = "up", .x0 = 0, .y0 = 0, .x1 = 10, .y1 = 12, .space_after = true, .rotation = 1};
    PlacedWord down{.text = "down", .x0 = 0, .y0 = 15, .x1 = 10, .y1 = 40, .rotation = 1};
    EXPECT_EQ(layout({up, down, at("flat", 50, 0)}), "up down\n\nflat");
}

TEST(PageLayout, begins_anew_after_a_page) {
    PageLayout layout;
    layout.add(at("one", 0, 0));
    EXPECT_EQ(layout.take().words.size(), 1u);
    layout.add(at("two", 0, 500));
    const Page page = layout.take();
    EXPECT_EQ(page.text, "two");
    EXPECT_EQ(page.words.at(0).begin, 0u);
}

}  // namespace
}  // namespace docmind
