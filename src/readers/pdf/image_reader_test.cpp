#include "readers/pdf/recognizer.hpp"
#include "readers/test_collect.hpp"
#include "readers/test_corpus.hpp"
#include "readers/test_pdf.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
/// fontconfig, which poppler draws with, keeps its settings until the end.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libfontconfig";
}
#endif
#endif

namespace docmind {
namespace {

using test::error_rate;
using test::failure;

const std::string corpus = "tests/data/corpus/pdf/";
constexpr double clean_scan = 0.05;

/// A page of the report as a scanner sees it: with header and footer.
std::string scanned_page(std::size_t number) {
    return "Harbour of Norrvik, report of the year " + test::truth_pages(corpus + "report.txt").at(number - 1) + " Page " +
           std::to_string(number) + " of 4";
}

class Recognition : public testing::Test {
  protected:
    void SetUp() override {
        if (language_data_folder().empty()) GTEST_SKIP() << "there is no language data: apt-get install tesseract-ocr-eng";
    }
};

TEST_F(Recognition, reads_a_page_in_every_format_of_images) {
    const std::string truth = scanned_page(1);
    struct Scan {
        std::string name, media_type;
    };
    for (const auto& [name, media_type] :
         {Scan{"scan.png", "image/png"}, Scan{"scan.jpg", "image/jpeg"}, Scan{"scan.webp", "image/webp"}, Scan{"scan.gif", "image/gif"}}) {
        const Document document = test::read(test::file_bytes(corpus + name), name);
        EXPECT_EQ(document.media_type, media_type);
        ASSERT_EQ(document.pages.size(), 1u) << name;
        EXPECT_LE(error_rate(document.pages[0].text, truth), clean_scan) << name << "\n" << document.pages[0].text;
        EXPECT_EQ(document.metadata.at("ocr"), "tesseract eng");
        EXPECT_GT(std::stoi(document.metadata.at("ocr_confidence")), 80);
    }
}

TEST_F(Recognition, places_the_words_in_points_on_the_page) {
    const Page page = test::read(test::file_bytes(corpus + "scan.png"), "scan.png").pages.at(0);
    EXPECT_NEAR(page.width, 595, 2);
    EXPECT_NEAR(page.height, 842, 2);
    const Page digital = test::read(test::file_bytes(corpus + "report.pdf"), "report.pdf").pages.at(0);
    const auto box_of = [](const Page& in, const std::string& word) {
        for (const WordBox& box : in.words) {
            if (in.text.substr(box.begin, box.end - box.begin) == word) return box;
        }
        ADD_FAILURE() << word;
        return WordBox{};
    };
    for (const std::string word : {"Twice", "Fishermen", "towed."}) {
        const WordBox scanned = box_of(page, word), true_box = box_of(digital, word);
        EXPECT_NEAR(scanned.x0, true_box.x0, 3) << word;
        EXPECT_NEAR(scanned.x1, true_box.x1, 3) << word;
        EXPECT_NEAR((scanned.y0 + scanned.y1) / 2, (true_box.y0 + true_box.y1) / 2, 4) << word;
    }
}

TEST_F(Recognition, reads_every_picture_of_a_tiff_file_as_a_page) {
    const Document document = test::read(test::file_bytes(corpus + "scan.tif"), "scan.tif");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(document.pages[1].number, 2);
    EXPECT_LE(error_rate(document.pages[0].text, scanned_page(1)), clean_scan);
    EXPECT_LE(error_rate(document.pages[1].text, scanned_page(2)), clean_scan);
    std::string message;
    EXPECT_EQ(failure(test::file_bytes(corpus + "scan.tif"), "scan.tif", &message, {.max_pages = 1}), errc::too_large);
    EXPECT_NE(message.find("ingestion.max_pages"), std::string::npos) << message;
}

TEST_F(Recognition, turns_what_lies_on_its_side_or_askew) {
    for (const std::string name : {"sideways.png", "askew.png"}) {
        const Page page = test::read(test::file_bytes(corpus + name), name).pages.at(0);
        EXPECT_LE(error_rate(page.text, scanned_page(1)), clean_scan) << name;
        ASSERT_FALSE(page.words.empty());
        for (const WordBox& box : page.words) {
            EXPECT_GE(box.x0, -1);
            EXPECT_LE(box.x1, page.width + 1);
            EXPECT_GE(box.y0, -1);
            EXPECT_LE(box.y1, page.height + 1);
        }
        // It was turned clockwise by a quarter, so the first line runs down the right side.
        if (name == "sideways.png") {
            EXPECT_GT(page.words.front().x0, page.width * 0.9F);
            EXPECT_LT(page.words.front().y0, page.height * 0.2F);
        }
    }
}

TEST_F(Recognition, reads_the_scanned_pages_of_a_pdf_and_leaves_the_others) {
    const Document scan = test::read(test::file_bytes(corpus + "scan.pdf"), "scan.pdf");
    ASSERT_EQ(scan.pages.size(), 2u);
    EXPECT_LE(error_rate(scan.pages[0].text, scanned_page(1)), clean_scan);
    EXPECT_LE(error_rate(scan.pages[1].text, scanned_page(2)), clean_scan);
    EXPECT_NEAR(scan.pages[0].width, 595, 2);

    const std::string mixed = test::file_bytes(corpus + "mixed.pdf");
    const Document document = test::read(mixed, "mixed.pdf");
    ASSERT_EQ(document.pages.size(), 3u);
    // Its header is that of the pages around it, so it is left out like theirs.
    const auto truth = test::truth_pages(corpus + "report.txt");
    for (std::size_t i = 0; i < 3; ++i) EXPECT_LE(error_rate(document.pages[i].text, truth.at(i)), i == 1 ? clean_scan : 0.0) << i;
    EXPECT_EQ(document.metadata.at("ocr"), "tesseract eng");
    const Document fast = test::read(mixed, "mixed.pdf", "", {.ocr = OcrStrategy::fast});
    EXPECT_EQ(fast.pages.at(1).text, "");
    EXPECT_FALSE(fast.metadata.contains("ocr"));
    // Without the data of the language, what can be read is read.
    EXPECT_EQ(test::read(mixed, "mixed.pdf", "", {.languages = "xxx"}).pages.at(1).text, "");
}

TEST_F(Recognition, reads_text_as_a_picture_where_it_is_told_to) {
    const std::string pdf = test::make_pdf({test::lines({"Hello there", "second line"})});
    const Document document = test::read(pdf, "a.pdf", "", {.ocr = OcrStrategy::ocr});
    EXPECT_EQ(test::plain_words(document.pages.at(0).text), "Hello there second line");
    EXPECT_TRUE(document.metadata.contains("ocr_confidence"));
    EXPECT_EQ(failure(pdf, "a.pdf", nullptr, {.ocr = OcrStrategy::ocr, .languages = "xxx"}), errc::unsupported);
}

TEST_F(Recognition, finds_no_text_in_an_empty_picture) {
    const std::string bmp = std::string("BM\x3A\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0", 30) +
                            std::string(24, '\0') + "\xFF\xFF\xFF" + std::string(1, '\0');
    EXPECT_EQ(failure(bmp, "white.bmp"), errc::empty_document);
}

TEST(ImageReader, measures_an_image_before_it_unpacks_it) {
    // Headers that promise 60000 x 60000 pixels; what follows them is nothing.
    const std::string png("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\xEA\x60\0\0\xEA\x60\x08\2\0\0\0\0\0\0\0", 33);
    const std::string gif("GIF89a\x60\xEA\x60\xEA\0\0\0,\0\0\0\0\x60\xEA\x60\xEA\0\x08\0;", 26);
    const std::string small_screen("GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x60\xEA\x60\xEA\0\x08\0;", 26);
    const std::string bmp("BM\x1E\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x60\xEA\0\0\xA0\x15\xFF\xFF\x01\0\x18\0", 30);
    if (language_data_folder().empty()) GTEST_SKIP();
    for (const std::string& bytes : {png + std::string(64, '\0'), gif, small_screen, bmp + std::string(64, '\0')}) {
        std::string message;
        EXPECT_EQ(failure(bytes, "a", &message), errc::too_large);
        EXPECT_NE(message.find("60000 x 60000"), std::string::npos) << message;
        EXPECT_NE(message.find("ingestion.max_image_pixels"), std::string::npos) << message;
    }
}

TEST(ImageReader, calls_damaged_images_damaged) {
    if (language_data_folder().empty()) GTEST_SKIP();
    for (const std::string name : {"scan.png", "scan.tif", "scan.gif", "scan.webp"}) {
        const std::string whole = test::file_bytes(corpus + name);
        for (const std::size_t length : {std::size_t{20}, whole.size() / 50}) {
            const auto code = failure(whole.substr(0, length), name);
            EXPECT_TRUE(code == errc::corrupt || code == errc::empty_document) << name << " " << length;
        }
    }
    EXPECT_EQ(failure("\xFF\xD8\xFF\xE0" + std::string(50, '\0'), "a.jpg"), errc::corrupt);
}

TEST(ImageReader, says_that_recognition_is_switched_off_or_lacks_a_language) {
    const std::string png = test::file_bytes(corpus + "scan.png");
    std::string message;
    EXPECT_EQ(failure(png, "a.png", &message, {.ocr = OcrStrategy::fast}), errc::unsupported);
    EXPECT_NE(message.find("ingestion.ocr"), std::string::npos) << message;
    EXPECT_EQ(failure(png, "a.png", &message, {.languages = "chi_sim"}), errc::unsupported);
    EXPECT_NE(message.find("tesseract-ocr-chi-sim"), std::string::npos) << message;
    EXPECT_EQ(failure(png, "a.png", &message, {.languages = "../../etc/passwd"}), errc::unsupported);
    EXPECT_NE(message.find("ingestion.languages"), std::string::npos) << message;
}

}  // namespace
}  // namespace docmind
