#include "retrieval/rank_fusion.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace docmind {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> ids(const std::vector<RankedItem>& items) {
    std::vector<std::string> result;
    for (const auto& item : items) result.push_back(item.id);
    return result;
}

TEST(RankFusion, reciprocal_rank_adds_weight_over_k_plus_rank) {
    const std::vector<Ranking> rankings{{.items = {{"a", 9}, {"b", 8}}, .weight = 1}, {.items = {{"b", 0.2}, {"c", 0.1}}, .weight = 0.5}};
    const auto fused = fuse_reciprocal_rank(rankings, 60);
    EXPECT_THAT(ids(fused), ElementsAre("b", "a", "c"));
    EXPECT_DOUBLE_EQ(fused[0].score, 1.0 / 62 + 0.5 / 61);
    EXPECT_DOUBLE_EQ(fused[1].score, 1.0 / 61);
    EXPECT_DOUBLE_EQ(fused[2].score, 0.5 / 62);
}

TEST(RankFusion, reciprocal_rank_looks_at_places_and_not_at_scores) {
    const std::vector<Ranking> near{{.items = {{"a", 1.0}, {"b", 0.999}}}};
    const std::vector<Ranking> far{{.items = {{"a", 1000}, {"b", -5}}}};
    EXPECT_EQ(fuse_reciprocal_rank(near, 60)[1].score, fuse_reciprocal_rank(far, 60)[1].score);
}

TEST(RankFusion, relative_score_stretches_each_list_and_adds_the_weighted_parts) {
    const std::vector<Ranking> rankings{{.items = {{"a", 0.9}, {"b", 0.8}, {"c", 0.7}}, .weight = 0.5},
                                        {.items = {{"c", 12}, {"b", 4}}, .weight = 0.5}};
    const auto fused = fuse_relative_score(rankings);
    // a: 0.5*1; b: 0.5*0.5 + 0; c: 0 + 0.5*1. a and c are equal and both first somewhere: the id decides.
    EXPECT_THAT(ids(fused), ElementsAre("a", "c", "b"));
    EXPECT_DOUBLE_EQ(fused[0].score, 0.5);
    EXPECT_DOUBLE_EQ(fused[1].score, 0.5);
    EXPECT_NEAR(fused[2].score, 0.25, 1e-12);
}

TEST(RankFusion, a_list_of_one_or_of_equal_scores_counts_fully) {
    EXPECT_THAT(min_max(std::vector<double>{0.3}), ElementsAre(1.0));
    EXPECT_THAT(min_max(std::vector<double>{-2, -2, -2}), ElementsAre(1.0, 1.0, 1.0));
    EXPECT_TRUE(min_max({}).empty());
    const std::vector<Ranking> rankings{{.items = {{"only", 0.01}}, .weight = 0.5}, {.items = {{"x", 5}, {"y", 1}}, .weight = 0.5}};
    EXPECT_DOUBLE_EQ(fuse_relative_score(rankings)[0].score, 0.5);
}

TEST(RankFusion, what_is_not_a_number_counts_as_nothing) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(min_max(std::vector<double>{4, nan, 2, std::numeric_limits<double>::infinity()}), ElementsAre(1.0, 0.0, 0.0, 0.0));
    EXPECT_THAT(min_max(std::vector<double>{nan}), ElementsAre(0.0));
}

TEST(RankFusion, equal_sums_are_ordered_by_the_better_rank_and_then_by_id) {
    const std::vector<Ranking> one{{.items = {{"z", 1}, {"m", 1}, {"a", 1}}}};
    EXPECT_THAT(ids(fuse_relative_score(one)), ElementsAre("z", "m", "a"));
    const std::vector<Ranking> two{{.items = {{"z", 1}}}, {.items = {{"a", 1}}}};
    EXPECT_THAT(ids(fuse_reciprocal_rank(two, 60)), ElementsAre("a", "z"));
    const std::vector<Ranking> swapped{{.items = {{"a", 1}}}, {.items = {{"z", 1}}}};
    EXPECT_THAT(ids(fuse_reciprocal_rank(swapped, 60)), ElementsAre("a", "z"));
}

TEST(RankFusion, an_id_that_stands_twice_in_a_list_counts_once_and_pushes_nobody_down) {
    const std::vector<Ranking> rankings{{.items = {{"a", 3}, {"a", 2}, {"b", 1}}}};
    const auto fused = fuse_reciprocal_rank(rankings, 0);
    ASSERT_THAT(ids(fused), ElementsAre("a", "b"));
    EXPECT_DOUBLE_EQ(fused[0].score, 1.0);
    EXPECT_DOUBLE_EQ(fused[1].score, 0.5);
}

TEST(RankFusion, no_lists_and_empty_lists_give_nothing) {
    EXPECT_TRUE(fuse_relative_score({}).empty());
    EXPECT_TRUE(fuse_reciprocal_rank(std::vector<Ranking>(2), 60).empty());
}

TEST(RankFusion, refuses_negative_weights_and_a_negative_k) {
    const std::vector<Ranking> negative{{.items = {{"a", 1}}, .weight = -1}};
    EXPECT_THROW((void)fuse_relative_score(negative), Error);
    EXPECT_THROW((void)fuse_reciprocal_rank({}, -1), Error);
    EXPECT_THROW((void)fuse_reciprocal_rank({}, std::numeric_limits<double>::quiet_NaN()), Error);
}

TEST(BlendRerank, mixes_both_opinions_over_the_head_and_leaves_the_tail_as_it_stood) {
    const std::vector<double> fused{0.9, 0.8, 0.5, 0.4, 0.1};
    const std::vector<double> rerank{-8, 4, -2};
    const auto blended = blend_rerank(fused, rerank, 0.3);
    std::vector<std::size_t> order;
    for (const auto& b : blended) order.push_back(b.index);
    // 0: 0.7*1 + 0; 1: 0.7*0.75 + 0.3*1 = 0.825; 2: 0 + 0.3*0.5 = 0.15
    EXPECT_THAT(order, ElementsAre(1, 0, 2, 3, 4));
    EXPECT_NEAR(blended[0].score, 0.5 + 0.5 * 0.825, 1e-12);
    EXPECT_NEAR(blended[2].score, 0.5 + 0.5 * 0.15, 1e-12);
    EXPECT_DOUBLE_EQ(blended[3].score, 0.4);
    EXPECT_DOUBLE_EQ(blended[4].score, 0.1);
}

TEST(BlendRerank, scores_fall_along_the_list_with_any_fusion) {
    for (const double top : {0.03, 1.0, 2.0}) {
        const std::vector<double> fused{top, top * 0.9, top * 0.9, top * 0.5, top * 0.5};
        const auto blended = blend_rerank(fused, std::vector<double>{-11, -11, 7, -3}, 0.3);
        for (std::size_t i = 1; i < blended.size(); ++i) EXPECT_GE(blended[i - 1].score, blended[i].score) << top << " at " << i;
    }
}

TEST(BlendRerank, a_weight_of_one_is_the_rerankers_order_and_of_zero_the_fused_one) {
    const std::vector<double> fused{3, 2, 1};
    const std::vector<double> rerank{1, 2, 3};
    EXPECT_EQ(blend_rerank(fused, rerank, 1)[0].index, 2u);
    EXPECT_EQ(blend_rerank(fused, rerank, 0)[0].index, 0u);
}

TEST(BlendRerank, refuses_what_makes_no_sense) {
    EXPECT_THROW((void)blend_rerank(std::vector<double>{1}, std::vector<double>{1, 2}, 0.3), Error);
    EXPECT_THROW((void)blend_rerank(std::vector<double>{1}, std::vector<double>{1}, 1.1), Error);
    EXPECT_EQ(blend_rerank(std::vector<double>{1, 0.5}, {}, 0.3).size(), 2u);
}

}  // namespace
}  // namespace docmind
