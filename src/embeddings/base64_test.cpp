#include "embeddings/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

TEST(Base64, floats_come_out_with_and_without_padding) {
    EXPECT_THAT(*floats_of_base64(""), testing::IsEmpty());
    EXPECT_THAT(*floats_of_base64("AACAPw=="), testing::ElementsAre(1.0F));
    EXPECT_THAT(*floats_of_base64("AACAPw"), testing::ElementsAre(1.0F));
    EXPECT_THAT(*floats_of_base64("AABAwAAAgEA="), testing::ElementsAre(-3.0F, 4.0F));
    EXPECT_THAT(*floats_of_base64("AACAPwAAAEAAAEBA"), testing::ElementsAre(1.0F, 2.0F, 3.0F));
}

TEST(Base64, anything_else_is_refused) {
    for (const std::string text : {"A", "AAAA", "AACAP", "AACAPw===", "AA AgA==", "AACA\xFFw==", "====", "AAC-Pw=="}) {
        EXPECT_FALSE(floats_of_base64(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace docmind
