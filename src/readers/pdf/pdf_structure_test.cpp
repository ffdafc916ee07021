#include "readers/pdf/pdf_bookmarks.hpp"
#include "readers/pdf/pdf_headings.hpp"
#include "readers/pdf/reading_order.hpp"
#include "readers/pdf/running_lines.hpp"
#include "readers/pdf/table_finder.hpp"
#include "readers/test_collect.hpp"
#include "readers/test_corpus.hpp"
#include "readers/test_pdf.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace docmind {
namespace {

using test::error_rate;

const std::string corpus = "tests/data/corpus/pdf/";
constexpr double digital = 0.01;

std::vector<PlacedWord> line(const std::string& text, float x, float y, float height = 10) {
    std::vector<PlacedWord> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const float width = 5 * static_cast<float>(end - at);
        words.push_back(
            {.text = text.substr(at, end - at), .x0 = x, .y0 = y, .x1 = x + width, .y1 = y + height, .space_after = end < text.size()});
        x += width + 3;
        at = end + 1;
    }
    return words;
}

void append(std::vector<PlacedWord>& words, const std::vector<PlacedWord>& more) {
    words.insert(words.end(), more.begin(), more.end());
}

std::string text_of(const std::vector<PlacedWord>& words) {
    std::string text;
    for (const PlacedWord& word : words) text += (text.empty() ? "" : " ") + word.text;
    return text;
}

TEST(PdfStructure, reads_a_report_page_by_page_without_header_and_footer) {
    const Document document = test::read(test::file_bytes(corpus + "report.pdf"), "report.pdf");
    const auto truth = test::truth_pages(corpus + "report.txt");
    ASSERT_EQ(document.pages.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) {
        EXPECT_EQ(document.pages[i].number, static_cast<int>(i) + 1);
        EXPECT_LE(error_rate(document.pages[i].text, truth[i]), digital) << document.pages[i].text;
        EXPECT_EQ(document.pages[i].text.find("Page "), std::string::npos);
        EXPECT_EQ(document.pages[i].text.find("report of the year"), std::string::npos);
    }
}

std::string heading_text(const Page& page, std::size_t i) {
    return page.text.substr(page.headings.at(i).begin, page.headings.at(i).title.size());
}

TEST(PdfStructure, takes_bookmarks_for_headings_and_finds_their_place) {
    const Document document = test::read(test::file_bytes(corpus + "report.pdf"), "report.pdf");
    const Page& first = document.pages.at(0);
    ASSERT_EQ(first.headings.size(), 2u);
    EXPECT_EQ(first.headings[0].title, "The harbour and its tides");
    EXPECT_EQ(first.headings[0].level, 1);
    EXPECT_EQ(first.headings[1].title, "Pilots and vessels");
    EXPECT_EQ(first.headings[1].level, 2);
    EXPECT_EQ(heading_text(first, 0), first.headings[0].title);
    EXPECT_EQ(heading_text(first, 1), first.headings[1].title);
    EXPECT_EQ(document.pages.at(3).headings.at(0).title, "What comes next");
    // In columns: not where it stands on the page, but where it stands in the text.
    const Document paper = test::read(test::file_bytes(corpus + "paper.pdf"), "paper.pdf");
    ASSERT_EQ(paper.pages.at(0).headings.size(), 2u);
    EXPECT_EQ(heading_text(paper.pages[0], 1), "Methods");
}

TEST(PdfStructure, takes_large_lines_for_headings_where_there_are_no_bookmarks) {
    std::string content = "BT /F1 20 Tf 20 180 Td (2.1 Boats) Tj /F1 10 Tf 0 -24 Td 12 TL ";
    for (int i = 0; i < 10; ++i) content += "(The words of the text are smaller than that) Tj T* ";
    const Page page = test::read(test::make_pdf({content + "ET"}), "a.pdf").pages.at(0);
    ASSERT_EQ(page.headings.size(), 1u);
    EXPECT_EQ(page.headings[0].title, "2.1 Boats");
    EXPECT_EQ(page.headings[0].level, 2);
    EXPECT_EQ(page.headings[0].begin, 0u);
}

TEST(PdfHeadings, place_a_bookmark_after_the_one_before_and_by_its_height_where_its_title_is_not_there) {
    Page page{.number = 1, .text = "Contents\nBoats\nShips\nText\nBoats\nmore", .width = 600, .height = 800};
    float y = 100;
    for (std::size_t at = 0; at < page.text.size();) {
        const std::size_t end = std::min(page.text.find('\n', at), page.text.size());
        page.words.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end), 50, y, 90, y + 10});
        at = end + 1;
        y += 100;
    }
    const std::vector<Bookmark> bookmarks = {{1, 490.F, 1, "Boats"}, {1, 580.F, 2, "Not there"}, {1, std::nullopt, 2, "Nor this"}};
    add_bookmarks(page, bookmarks);
    ASSERT_EQ(page.headings.size(), 3u);
    EXPECT_EQ(page.headings[0].begin, page.text.rfind("Boats"));
    EXPECT_EQ(page.headings[1].begin, page.text.find("more"));
    EXPECT_EQ(page.headings[2].begin, page.text.find("more"));
}

TEST(PdfBookmarks, are_none_in_a_document_without_an_outline_or_with_a_circular_one) {
    EXPECT_TRUE(bookmarks_of("%PDF-1.7 nonsense").empty());
    std::string pdf = test::make_pdf({test::lines({"x"})});
    EXPECT_TRUE(bookmarks_of(pdf).empty());
    // The outline's first item is the outline, and so on for ever. The table of objects is off by then, and is made anew.
    pdf.replace(pdf.find("/Type /Catalog"), 14, "/Type /Catalog /Outlines 4 0 R");
    pdf.replace(pdf.find("4 0 obj\n<< >>"), 13, "4 0 obj\n<< /First 4 0 R /Next 4 0 R /Title (x) /Dest [5 0 R /Fit] >>");
    EXPECT_LE(bookmarks_of(pdf).size(), 1000u);
    EXPECT_EQ(test::read(pdf, "a.pdf").pages.at(0).text, "x");
}

TEST(PdfStructure, reads_one_column_after_the_other) {
    const Document document = test::read(test::file_bytes(corpus + "paper.pdf"), "paper.pdf");
    const auto truth = test::truth_pages(corpus + "paper.txt");
    ASSERT_EQ(document.pages.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i)
        EXPECT_LE(error_rate(document.pages[i].text, truth[i]), digital) << document.pages[i].text;
    // Parted at the end of one column, and at the beginning of the next.
    EXPECT_NE(document.pages[1].text.find("send their opinions in writing"), std::string::npos);
}

std::string numbered(const std::string& text, int number) {
    return text + " " + std::to_string(number);
}

/// A page of an invented book: header, some lines of text, footer.
std::vector<PlacedWord> page_of_book(const std::string& header, const std::string& footer, int seed) {
    std::vector<PlacedWord> words = line(header, 50, 40);
    for (int i = 0; i < 20; ++i)
        append(words, line("Line " + std::string(static_cast<std::size_t>(1 + (i * 7 + seed * 3) % 9), 'x') + " of the text", 50,
                           90.F + 14.F * static_cast<float>(i)));
    append(words, line(footer, 280, 780));
    return words;
}

/// What is left out of each page.
std::vector<std::string> running(const std::vector<std::vector<PlacedWord>>& pages) {
    std::deque<PageEdges> edges;
    for (std::size_t i = 0; i < pages.size(); ++i) edges.push_back(edges_of(pages[i], 842, static_cast<int>(i) + 1));
    std::vector<std::string> found;
    for (std::size_t i = 0; i < pages.size(); ++i) {
        std::vector<PlacedWord> words;
        for (const std::size_t word : running_words(edges, i)) words.push_back(pages[i].at(word));
        found.push_back(text_of(words));
    }
    return found;
}

TEST(RunningLines, are_those_with_the_same_text_or_a_number_that_grows) {
    std::vector<std::vector<PlacedWord>> pages;
    for (int i = 0; i < 6; ++i)
        pages.push_back(page_of_book(i % 2 == 0 ? "The Book of Boats" : "Chapter " + numbered("of number", i), std::to_string(i + 10), i));
    const auto found = running(pages);
    for (std::size_t i = 0; i < 6; ++i) {
        const std::string header = i % 2 == 0 ? "The Book of Boats" : "Chapter of number " + std::to_string(i);
        EXPECT_EQ(found[i], header + " " + std::to_string(i + 10));
    }
}

TEST(RunningLines, are_known_by_the_page_number_where_each_page_has_its_own_title) {
    std::vector<std::vector<PlacedWord>> pages;
    const std::vector<std::string> titles = {"abs", "acf", "all.equal", "apply", "array"};
    for (int i = 0; i < 5; ++i) pages.push_back(page_of_book(numbered(titles[static_cast<std::size_t>(i)], i + 7), "", i));
    EXPECT_EQ(running(pages).at(3), "apply 10");
}

TEST(RunningLines, are_not_the_text) {
    std::vector<std::vector<PlacedWord>> pages;
    for (int i = 0; i < 5; ++i) {
        // A title in large letters that comes back, a line right above the text, and a footnote with a number.
        std::vector<PlacedWord> words = line("Agenda", 50, 40, 24);
        append(words, line("Same words every time", 50, 87));
        for (int j = 0; j < 20; ++j) append(words, line("Line " + std::to_string(i * j * 31), 50, 100.F + 13.F * static_cast<float>(j)));
        append(words, line(std::to_string(i + 3) + " Not doing so was " + std::string(static_cast<std::size_t>(i + 1), 'z'), 50, 760));
        pages.push_back(words);
    }
    for (const std::string& found : running(pages)) EXPECT_EQ(found, "");
    // Nor are two pages enough to tell.
    EXPECT_EQ(running({page_of_book("Header", "1", 1), page_of_book("Header", "2", 2)}).at(0), "");
}

TEST(PdfStructure, writes_tables_as_markdown_and_keeps_the_place_of_each_word) {
    const Document document = test::read(test::file_bytes(corpus + "report.pdf"), "report.pdf");
    const std::string& ruled = document.pages.at(1).text;
    EXPECT_NE(ruled.find("Traffic by quarter\n\n"
                         "| Quarter | Vessels | Cargo in tons | Dues |\n| --- | --- | --- | --- |\n| First | 81 | 40,210 | 61,300 |\n"
                         "| Second | 118 | 58,944 | 90,025 |\n| Third | 131 | 66,102 | 101,870 |\n| Fourth | 82 | 39,877 | 60,410 |\n\n"
                         "Income rose"),
              std::string::npos)
        << ruled;
    const Page& page = document.pages.at(2);
    EXPECT_NE(page.text.find("| Name | Office | Since |\n| --- | --- | --- |\n| Anna Holm | Harbour master | 2009 |\n"), std::string::npos)
        << page.text;
    float holm = 0, master = 0;
    std::uint32_t end = 0;
    for (const WordBox& box : page.words) {
        EXPECT_GE(box.begin, end);
        end = box.end;
        const std::string word = page.text.substr(box.begin, box.end - box.begin);
        EXPECT_EQ(word.find_first_of("|\n"), std::string::npos) << word;
        if (word == "Holm") holm = box.x1;
        if (word == "master") master = box.x0;
    }
    EXPECT_GT(holm, 0);
    EXPECT_GT(master, holm + 20);
}

std::string with_tables(std::vector<PlacedWord> words) {
    const std::vector<std::size_t> parts = {words.size()};
    form_tables(words, parts);
    PageLayout layout;
    for (const PlacedWord& word : words) layout.add(word);
    return layout.take().text;
}

/// Cells in columns 120 points apart, a row every 14 points.
std::vector<PlacedWord> grid(const std::vector<std::vector<std::string>>& rows, float y = 100) {
    std::vector<PlacedWord> words;
    for (const auto& row : rows) {
        for (std::size_t c = 0; c < row.size(); ++c) {
            if (!row[c].empty()) append(words, line(row[c], 50.F + 120.F * static_cast<float>(c), y));
        }
        y += 14;
    }
    // Letters are of many widths, unlike those of a listing.
    for (PlacedWord& word : words) word.x1 += static_cast<float>(word.text.front() % 4);
    return words;
}

TEST(TableFinder, forms_rows_with_empty_cells_and_bars_and_ends_with_the_page) {
    EXPECT_EQ(with_tables(grid({{"Name", "Sign", "Use"}, {"or", "|", "logic"}, {"and", "&", ""}, {"nor", "", "rare"}})),
              "| Name | Sign | Use |\n| --- | --- | --- |\n| or | \\| | logic |\n| and | & | |\n| nor | | rare |");
}

TEST(TableFinder, finds_a_table_between_lines_of_text_and_two_one_after_the_other) {
    std::vector<PlacedWord> words = line("Some words that stand above the table and go on for a while until here", 50, 80);
    append(words, grid({{"a", "bb"}, {"ccc", "d"}, {"ee", "f"}}));
    append(words, grid({{"g", "hh", "i"}, {"jjj", "k", "l"}, {"mm", "n", "o"}}, 200));
    append(words, line("And some more below it that are as long as those above it were", 50, 260));
    EXPECT_EQ(
        with_tables(words),
        "Some words that stand above the table and go on for a while until here\n\n"
        "| a | bb |\n| --- | --- |\n| ccc | d |\n| ee | f |\n\n| g | hh | i |\n| --- | --- | --- |\n| jjj | k | l |\n| mm | n | o |\n\n"
        "And some more below it that are as long as those above it were");
}

TEST(TableFinder, leaves_what_is_no_table) {
    const std::vector<std::vector<PlacedWord>> others = {
        grid({{"1.", "first item"}, {"2.", "second item"}, {"3.", "third item"}}),
        grid({{"-v", "says much more about what it does than"},
              {"-q", "says nothing at all of what it does"},
              {"-h", "shows all of these words and then ends"}}),
        grid({{"Boats", ". . . . 3"}, {"Ships", ". . . . 4"}, {"Rafts", ". . . . 5"}}),
        grid({{"boats, 12", "ships, 3"}, {"canoes, 4", "rafts, 99"}, {"ferries, 7", "tugs, 1"}}),
        grid({{"x <- 1", "# one"}, {"y <- 2", "# two"}, {"zz <- 3", "# three"}}),
        grid({{"only", "two"}, {"rows", "here"}}),
    };
    for (const auto& words : others) EXPECT_EQ(with_tables(words).find('|'), std::string::npos) << with_tables(words);
    // A listing: every letter, sign and digit is as wide as any other.
    std::vector<PlacedWord> listing;
    for (int i = 0; i < 5; ++i) {
        append(listing, line("[" + std::to_string(i) + ",]", 50, 100.F + 12.F * static_cast<float>(i)));
        for (int j = 0; j < 4; ++j)
            append(listing, line(std::to_string(i * 37 + j), 100.F + 50.F * static_cast<float>(j), 100.F + 12.F * static_cast<float>(i)));
    }
    EXPECT_EQ(with_tables(listing).find('|'), std::string::npos);
}

TEST(TableFinder, takes_a_page_full_of_cells_in_its_stride) {
    std::vector<PlacedWord> words;
    for (int i = 0; i < 100'000; ++i)
        append(words, line(std::to_string(i), static_cast<float>(i * 37 % 6000), static_cast<float>(i * 91 % 9000)));
    const std::size_t count = words.size();
    const std::vector<std::size_t> parts = order_columns(words);
    form_tables(words, parts);
    EXPECT_GE(words.size(), count);
}

TEST(ReadingOrder, leaves_tables_listings_and_single_columns_as_they_are) {
    std::vector<PlacedWord> table, column;
    for (int i = 0; i < 40; ++i) {
        const float y = 60.F + 14.F * static_cast<float>(i);
        append(table, line("name " + std::to_string(i), 60, y));
        append(table, line("value", 250, y));
        append(table, line("unit", 420, y));
        append(column, line("these are the words of a line of running text that goes on", 60, y));
    }
    for (const auto& words : {table, column}) {
        std::vector<PlacedWord> ordered = words;
        order_columns(ordered);
        EXPECT_EQ(text_of(ordered), text_of(words));
    }
}

TEST(ReadingOrder, finds_three_columns_below_a_title_and_above_a_footnote) {
    std::vector<PlacedWord> words = line("A title that is as broad as the three columns of the page and a little more than that", 60, 40);
    std::string expected = text_of(words);
    std::vector<std::vector<PlacedWord>> columns(3);
    for (int i = 0; i < 30; ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            // Their lines are not at the same height, and come line by line.
            const auto of_line =
                line("col" + std::to_string(c) + " line " + std::to_string(100 + i) + " words here", 60.F + 160.F * static_cast<float>(c),
                     70.F + 14.F * static_cast<float>(i) + 5.F * static_cast<float>(c));
            append(words, of_line);
            append(columns[c], of_line);
        }
    }
    for (const auto& column : columns) expected += " " + text_of(column);
    const auto note = line("And here is a footnote across all the columns which is long enough to go below the three of them", 60, 520);
    append(words, note);
    order_columns(words);
    EXPECT_EQ(text_of(words), expected + " " + text_of(note));
}

}  // namespace
}  // namespace docmind
