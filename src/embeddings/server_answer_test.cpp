#include "embeddings/server_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(ServerAnswer, what_refusals_say_is_one_line) {
    EXPECT_EQ(parse_refusal(R"({"error":"a\nb"})"), "a b");
    EXPECT_EQ(parse_refusal(R"({"error":{"message":"c"}})"), "c");
    EXPECT_EQ(parse_refusal(R"({"detail":"d"})"), "d");
    EXPECT_EQ(parse_refusal("<html>"), "");
    EXPECT_LE(parse_refusal(R"({"error":")" + std::string(5000, 'x') + "\"}").size(), 300U);
}

TEST(ServerAnswer, refusals_of_long_texts_are_told_from_others) {
    EXPECT_TRUE(is_about_size(413, ""));
    EXPECT_TRUE(is_about_size(413, "`inputs` must have less than 512 tokens. Given: 600"));
    EXPECT_TRUE(is_about_size(422, "batch size 64 > maximum allowed batch size 32"));
    EXPECT_TRUE(is_about_size(400, "This model's maximum context length is 512 tokens"));
    EXPECT_TRUE(is_about_size(500, "input is too large to process. increase the physical batch size"));
    EXPECT_TRUE(is_about_size(400, "the input length exceeds the context length"));
    EXPECT_FALSE(is_about_size(400, "model is required"));
    EXPECT_FALSE(is_about_size(500, "the model fell over"));
    EXPECT_FALSE(is_about_size(503, "too large a load"));
}

TEST(ServerAnswer, refusals_name_the_server_and_what_to_set) {
    const auto of = [](int status, std::string section, std::string model, const std::string& said = "") {
        return refusal(status, {.section = std::move(section), .gives = "reranking", .root = "http://h:1/v1", .model = std::move(model)},
                       said);
    };
    EXPECT_THAT(of(401, "embedding", "m").what(), testing::HasSubstr("embedding.api_key"));
    EXPECT_THAT(of(401, "reranker", "m").what(), testing::HasSubstr("The reranker server at http://h:1/v1"));
    EXPECT_THAT(of(404, "reranker", "m", "no").what(),
                testing::AllOf(testing::HasSubstr("reranker.model"), testing::HasSubstr("no reranking")));
    EXPECT_THAT(of(400, "embedding", "", "model is required").what(), testing::HasSubstr("set embedding.model"));
    EXPECT_EQ(of(503, "embedding", "m").code(), errc::unavailable);
    EXPECT_EQ(of(500, "embedding", "m").code(), errc::backend);
}

}  // namespace
}  // namespace docmind
