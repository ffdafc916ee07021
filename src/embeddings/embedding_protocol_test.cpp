#include "embeddings/embedding_protocol.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(EmbeddingProtocol, a_body_holds_the_texts_escaped) {
    EXPECT_EQ(embedding_body("m", {"a\"b", "ü\n"}, VectorFormat::numbers),
              R"({"model":"m","encoding_format":"float","input":["a\"b","ü\n"]})");
    EXPECT_EQ(embedding_body("", {}, VectorFormat::base64), R"({"encoding_format":"base64","input":[]})");
}

TEST(EmbeddingProtocol, vectors_come_in_the_order_of_their_index_and_get_unit_length) {
    const auto vectors = parse_embeddings(R"({"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[-3,4.0]}]})", 2, 0);
    EXPECT_THAT(vectors[0], testing::ElementsAre(testing::FloatEq(-0.6F), testing::FloatEq(0.8F)));
    EXPECT_THAT(vectors[1], testing::ElementsAre(0.0F, 1.0F));
}

TEST(EmbeddingProtocol, vectors_may_come_as_base64_of_their_floats) {
    const auto vectors = parse_embeddings(R"({"data":[{"index":0,"embedding":"AABAwAAAgEA="}]})", 1, 2);
    EXPECT_THAT(vectors[0], testing::ElementsAre(testing::FloatEq(-0.6F), testing::FloatEq(0.8F)));
    for (const std::string text : {"", "AAAA", "AABAwAAAgE", "AABAwAAAgEA=x", "AA*AwAAAgEA=", "AADAfwAAgEA="})
        EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":0,"embedding":")" + text + "\"}]}", 1, 0), Error) << text;
}

TEST(EmbeddingProtocol, numbers_of_any_size_make_a_finite_vector_or_an_error) {
    const auto large = parse_embeddings(R"({"data":[{"index":0,"embedding":[1e100,-1e100]}]})", 1, 2);
    EXPECT_FLOAT_EQ(large[0][1], -0.70710678F);
    for (const std::string numbers : {"1e300,1e300", "1e999,0", "-Infinity,0", "NaN,1", "1e-300,0", "true,1", "\"1\",1", "[1],1"}) {
        EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":0,"embedding":[)" + numbers + "]}]}", 1, 0), Error) << numbers;
    }
}

TEST(EmbeddingProtocol, one_answer_has_one_dimension_and_every_index_once) {
    EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,0]}]})", 2, 0), Error);
    EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})", 2, 0), Error);
    EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":-1,"embedding":[1]}]})", 1, 0), Error);
    EXPECT_THROW((void)parse_embeddings(R"({"data":[{"index":0.5,"embedding":[1]}]})", 1, 0), Error);
}

}  // namespace
}  // namespace docmind
