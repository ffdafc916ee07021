#include "readers/text_sanitizer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace docmind {
namespace {

TEST(TextSanitizer, keeps_ordinary_text_of_every_script) {
    const std::string text = "Plain, \tnaïve, Ελληνικά, 日本語, العربية, 👍\n";
    EXPECT_EQ(sanitize(text), text);
}

TEST(TextSanitizer, drops_the_characters_that_reorder_what_people_see) {
    EXPECT_EQ(sanitize("invoice\u202Efdp.exe\u202C"), "invoicefdp.exe");
    EXPECT_EQ(sanitize("a\u2066b\u2069c\u061Cd"), "abcd");
}

TEST(TextSanitizer, drops_characters_without_width) {
    EXPECT_EQ(sanitize("ig\u200Bno\u200Dre\u2060 th\u00ADis\uFEFF"), "ignore this");
}

TEST(TextSanitizer, drops_tag_characters) {
    EXPECT_EQ(sanitize("a\U000E0001\U000E0041\U000E007Fb"), "ab");
}

TEST(TextSanitizer, makes_terminal_escapes_harmless) {
    EXPECT_EQ(sanitize("\x1b[31mred\x1b[0m\x07\x9b"), "[31mred[0m\uFFFD");
    EXPECT_EQ(sanitize("\u009B31m"), "31m");
}

TEST(TextSanitizer, replaces_each_invalid_sequence_once) {
    EXPECT_EQ(sanitize("a\xFF"
                       "b\xC3"),
              "a\uFFFDb\uFFFD");
    EXPECT_EQ(sanitize("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
    EXPECT_EQ(sanitize("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
    EXPECT_EQ(sanitize("\xF0\x9F\x91"), "\uFFFD");              // cut off
}

TEST(TextSanitizer, knows_one_kind_of_newline) {
    EXPECT_EQ(sanitize("a\r\nb\rc\fd\u2028e\u0085f"), "a\nb\nc\nd\ne\nf");
}

Page page_with(std::string text, std::vector<WordBox> words) {
    Page page;
    page.text = std::move(text);
    page.words = std::move(words);
    sanitize(page);
    return page;
}

std::string word(const Page& page, std::size_t i) {
    return page.text.substr(page.words[i].begin, page.words[i].end - page.words[i].begin);
}

TEST(TextSanitizer, moves_words_with_their_text) {
    const Page page =
        page_with("\u200Bone\u200B t\u00ADwo\x01 \xFFthree", {{3, 6, 0, 0, 0, 0}, {10, 15, 0, 0, 0, 0}, {17, 23, 0, 0, 0, 0}});
    ASSERT_EQ(page.text, "one two \uFFFDthree");
    ASSERT_EQ(page.words.size(), 3u);
    EXPECT_EQ(word(page, 0), "one");
    EXPECT_EQ(word(page, 1), "two");
    EXPECT_EQ(word(page, 2), "\uFFFDthree");
}

TEST(TextSanitizer, drops_words_that_make_no_sense) {
    const Page page =
        page_with("one two", {{0, 3, 0, 0, 0, 0}, {1, 2, 0, 0, 0, 0}, {5, 4, 0, 0, 0, 0}, {4, 7, 0, 0, 0, 0}, {4, 99, 0, 0, 0, 0}});
    ASSERT_EQ(page.words.size(), 2u);
    EXPECT_EQ(word(page, 0), "one");
    EXPECT_EQ(word(page, 1), "two");
}

TEST(TextSanitizer, drops_a_word_that_was_only_hidden_characters) {
    const Page page = page_with("a\u200Bb", {{0, 1, 0, 0, 0, 0}, {1, 4, 0, 0, 0, 0}, {4, 5, 0, 0, 0, 0}});
    ASSERT_EQ(page.words.size(), 2u);
    EXPECT_EQ(word(page, 1), "b");
}

TEST(TextSanitizer, knows_no_infinite_page) {
    Page page;
    page.text = "a";
    page.width = std::numeric_limits<float>::infinity();
    page.height = -5;
    page.words = {{0, 1, std::nanf(""), 1, 2, 3}};
    sanitize(page);
    EXPECT_EQ(page.width, 0);
    EXPECT_EQ(page.height, 0);
    EXPECT_EQ(page.words.at(0).x0, 0);
    EXPECT_EQ(page.words.at(0).x1, 2);
}

}  // namespace
}  // namespace docmind
