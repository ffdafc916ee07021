#include "retrieval/relevance.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(Relevance, is_nothing_without_any_sign) {
    EXPECT_EQ(relevance({}, {}), 0);
}

TEST(Relevance, is_a_half_where_every_sign_is_at_its_midpoint) {
    const RelevanceModel model;
    EXPECT_DOUBLE_EQ(relevance({.cosine = model.cosine_midpoint, .logit = {}, .bm25 = {}}, model), 0.5);
    EXPECT_DOUBLE_EQ(relevance({.logit = model.logit_midpoint, .coverage = model.coverage_midpoint}, model), 0.5);
    EXPECT_DOUBLE_EQ(relevance({.cosine = {}, .logit = {}, .bm25 = model.bm25_midpoint}, model), 0.5);
}

TEST(Relevance, rises_with_each_sign) {
    EXPECT_LT(relevance({.cosine = 0.5}, {}), relevance({.cosine = 0.6}, {}));
    EXPECT_LT(relevance({.cosine = 0.5, .logit = -5}, {}), relevance({.cosine = 0.5, .logit = -4}, {}));
    EXPECT_LT(relevance({.logit = -2, .coverage = 0.6}, {}), relevance({.logit = -2, .coverage = 1}, {}));
    EXPECT_LT(relevance({.cosine = 0.6, .coverage = 0.6}, {}), relevance({.cosine = 0.6, .coverage = 1}, {}));
    EXPECT_LT(relevance({.cosine = {}, .logit = {}, .bm25 = 1}, {}), relevance({.cosine = {}, .logit = {}, .bm25 = 9}, {}));
}

TEST(Relevance, trusts_the_reranker_before_the_cosine) {
    EXPECT_EQ(relevance({.cosine = 0.9, .logit = -5}, {}), relevance({.cosine = 0.1, .logit = -5}, {}));
}

TEST(Relevance, lets_the_size_of_bm25_decide_only_where_no_model_saw_the_question) {
    const double with_cosine = relevance({.cosine = 0.5, .logit = {}, .bm25 = {}}, {});
    EXPECT_EQ(relevance({.cosine = 0.5, .logit = {}, .bm25 = 40}, {}), with_cosine);
    EXPECT_GT(relevance({.cosine = {}, .logit = {}, .bm25 = 40}, {}), 0.5);
}

TEST(Relevance, stays_between_nothing_and_one_for_extreme_signs) {
    EXPECT_GE(relevance({.cosine = -1, .logit = -1e9, .bm25 = {}}, {}), 0);
    EXPECT_LE(relevance({.cosine = 1, .logit = 1e9, .bm25 = {}}, {}), 1);
}

}  // namespace
}  // namespace docmind
