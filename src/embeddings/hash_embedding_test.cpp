#include "embeddings/hash_embedding.hpp"

#include "async/test_support.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace docmind {
namespace {

using test::run_task;

float cosine(const Vector& a, const Vector& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

TEST(HashEmbedding, PutsTextsWithCommonWordsNextToEachOther) {
    HashEmbedding embedding;
    const Vector question = run_task(embedding.aget_query_embedding("read a CSV file"));
    const std::vector<Vector> texts =
        run_task(embedding.aget_text_embedding_batch({"The mitochondrion is a powerhouse.", "read.csv will read the csv file."}));
    EXPECT_GT(cosine(question, texts[1]), cosine(question, texts[0]) + 0.2F);
}

TEST(HashEmbedding, GivesTheSameUnitVectorsEveryTime) {
    HashEmbedding one, two;
    for (const std::string text : {"", "x", "Hello World", "日本。"}) {
        const Vector vector = run_task(one.aget_text_embedding(text));
        EXPECT_EQ(vector.size(), one.dimension());
        EXPECT_NEAR(cosine(vector, vector), 1, 1e-5);
        EXPECT_EQ(vector, run_task(two.aget_text_embedding_batch({text})).front());
    }
    EXPECT_EQ(run_task(one.aget_text_embedding("HELLO world")), run_task(one.aget_text_embedding("hello  World")));
}

TEST(HashEmbedding, CountsWordsAndMarks) {
    EXPECT_THAT(HashEmbedding().count_tokens({"Hello, world!", "", " \n"}), testing::ElementsAre(4, 0, 0));
}

TEST(HashEmbedding, IsCancelledLikeARealOne) {
    HashEmbedding embedding;
    EXPECT_GT(test::cancel_at_every_await([&] { return embedding.aget_text_embedding_batch({"a"}); }).cancelled, 0u);
}

TEST(HashEmbedding, RefusesATinySpace) {
    EXPECT_THROW(HashEmbedding({.dimension = 1}), Error);
}

}  // namespace
}  // namespace docmind
