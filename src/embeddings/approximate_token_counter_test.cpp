#include "embeddings/approximate_token_counter.hpp"

#include <gtest/gtest.h>

#include "embeddings/local_token_counter.hpp"
#include "embeddings/model_test_support.hpp"

namespace docmind {
namespace {

std::uint32_t count(const std::string& text) {
    return ApproximateTokenCounter().count_tokens({text}).front();
}

TEST(ApproximateTokenCounter, words_digits_marks_and_characters_count) {
    EXPECT_EQ(count(""), 0U);
    EXPECT_EQ(count(" \n\t\xC2\xA0"), 0U);
    EXPECT_EQ(count("the cat sat."), 4U);
    EXPECT_EQ(count("international"), 4U);
    EXPECT_EQ(count("1872"), 4U);
    EXPECT_EQ(count("f(x) = y"), 6U);
    EXPECT_EQ(count("東京タワー"), 5U);
    EXPECT_EQ(count("мост"), 2U);
    EXPECT_EQ(count("🌍"), 2U);
}

TEST(ApproximateTokenCounter, broken_text_is_counted_too) {
    EXPECT_EQ(count("\xFF\xFE"), 2U);
    EXPECT_GE(count("a\xE6\x9D"), 2U);
    EXPECT_EQ(count(std::string(1'000'000, 'x')), 250'000U);
}

class TokenCounts : public test::ModelTest {};

TEST_F(TokenCounts, the_estimate_is_not_far_from_the_models_own_and_rather_above) {
    need("embedding");
    const LocalTokenCounter real(dir_);
    const std::vector<std::string> texts{
        "The bridge was opened in 1872 after four years of work. It is 94 metres long and has carried two railway tracks since 1901.",
        "Retrieval-augmented generation grounds the answers of a language model in passages; every citation names the passage (see section "
        "4.2).",
        "lm(formula, data, subset, weights, na.action, method = \"qr\", model = TRUE, x = FALSE, y = FALSE, qr = TRUE)",
        "Die Brücke wurde 1872 nach vierjähriger Bauzeit eröffnet und ist seither für den Verkehr freigegeben.",
        "Mitochondrial phosphorylation and immunohistochemistry of glomerulonephritis in transgenic mice",
        "東京は日本の首都である。",
    };
    const std::vector<std::uint32_t> counted = real.count_tokens(texts);
    const std::vector<std::uint32_t> estimated = ApproximateTokenCounter().count_tokens(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_GE(estimated[i] * 100, counted[i] * 85) << texts[i];
        EXPECT_LE(estimated[i], counted[i] * 2) << texts[i];
    }
}

}  // namespace
}  // namespace docmind
