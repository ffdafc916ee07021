#include "storage/engine/word_boxes.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace docmind {
namespace {

TEST(WordBoxesTest, boxes_come_back_to_a_sixteenth_of_a_point) {
    std::mt19937 random(1);
    std::vector<WordBox> words;
    std::uint32_t at = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto x = static_cast<float>(random() % 50'000) / 100, y = static_cast<float>(random() % 80'000) / 100;
        const auto length = static_cast<std::uint32_t>(random() % 12 + 1);
        words.push_back({at, at + length, x, y, x + 30, y + 10});
        at = i % 100 == 99 ? at - 20 : at + length + 1;  // a word before the last one
    }
    const auto bytes = encode_word_boxes(words);
    const auto back = decode_word_boxes(bytes);
    ASSERT_EQ(back.size(), words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
        EXPECT_EQ(back[i].begin, words[i].begin);
        EXPECT_EQ(back[i].end, words[i].end);
        EXPECT_NEAR(back[i].x0, words[i].x0, 1.0 / 31);
        EXPECT_NEAR(back[i].y0, words[i].y0, 1.0 / 31);
        EXPECT_NEAR(back[i].x1, words[i].x1, 1.0 / 31);
        EXPECT_NEAR(back[i].y1, words[i].y1, 1.0 / 31);
    }
}

TEST(WordBoxesTest, numbers_that_no_page_has_do_no_harm) {
    const float inf = std::numeric_limits<float>::infinity();
    const auto back = decode_word_boxes(encode_word_boxes({{0, 0xffffffffu, inf, -inf, std::nanf(""), 1e30F}}));
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].end, 0xffffffffu);
    EXPECT_EQ(back[0].x0, 0);
}

TEST(WordBoxesTest, damaged_bytes_are_an_error_or_other_boxes_and_never_a_crash) {
    const auto good = encode_word_boxes({{0, 4, 1, 2, 3, 4}, {5, 9, 5, 2, 9, 4}});
    EXPECT_THROW(static_cast<void>(decode_word_boxes(std::span(good).first(good.size() - 1))), Error);
    std::mt19937 random(2);
    for (int i = 0; i < 2000; ++i) {
        auto bytes = good;
        for (int flips = 0; flips < 3; ++flips) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        try {
            static_cast<void>(decode_word_boxes(bytes));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::storage);
        }
    }
}

}  // namespace
}  // namespace docmind
