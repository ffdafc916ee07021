#include "retrieval/rank_metrics.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace docmind {
namespace {

// The numbers are trec_eval's for the same rankings.
TEST(RankMetrics, a_perfect_ranking_is_one_everywhere) {
    const RankMetrics m = rank_metrics({"a", "b", "x"}, {{"a", 2}, {"b", 1}});
    for (const double value : {m.ndcg_10, m.recall_10, m.recall_100, m.mrr_10, m.hit_2, m.hit_5, m.all_5}) EXPECT_DOUBLE_EQ(value, 1);
}

TEST(RankMetrics, grades_and_ranks_count_in_ndcg) {
    const RankMetrics m = rank_metrics({"b", "x", "a"}, {{"a", 3}, {"b", 1}});
    EXPECT_NEAR(m.ndcg_10, (1 + 3 / std::log2(4)) / (3 + 1 / std::log2(3)), 1e-12);
    EXPECT_DOUBLE_EQ(m.mrr_10, 1);
    EXPECT_DOUBLE_EQ(m.all_5, 1);
}

TEST(RankMetrics, what_comes_behind_the_cut_does_not_count) {
    std::vector<std::string> ranked;
    for (int i = 0; i < 10; ++i) ranked.push_back("x" + std::to_string(i));
    ranked.push_back("a");
    const RankMetrics m = rank_metrics(ranked, {{"a", 1}, {"b", 1}});
    EXPECT_EQ(m.ndcg_10, 0);
    EXPECT_EQ(m.mrr_10, 0);
    EXPECT_EQ(m.recall_10, 0);
    EXPECT_DOUBLE_EQ(m.recall_100, 0.5);
    EXPECT_EQ(m.hit_5, 0);
}

TEST(RankMetrics, nothing_found_is_zero_and_nothing_right_is_an_error) {
    EXPECT_EQ(rank_metrics({}, {{"a", 1}}).ndcg_10, 0);
    EXPECT_THROW(static_cast<void>(rank_metrics({"a"}, {{"a", 0}})), Error);
    EXPECT_THROW(static_cast<void>(mean_of({})), Error);
}

TEST(RankMetrics, the_mean_is_over_questions) {
    const RankMetrics mean = mean_of({rank_metrics({"a"}, {{"a", 1}}), rank_metrics({"x"}, {{"a", 1}})});
    EXPECT_DOUBLE_EQ(mean.ndcg_10, 0.5);
    EXPECT_DOUBLE_EQ(mean.hit_2, 0.5);
}

TEST(RankMetrics, the_area_under_the_curve_is_the_share_of_pairs_in_order) {
    EXPECT_DOUBLE_EQ(area_under_curve({0.9, 0.8}, {0.1}).value(), 1);
    EXPECT_DOUBLE_EQ(area_under_curve({0.9, 0.1}, {0.5, 0.1}).value(), (1 + 1 + 0 + 0.5) / 4);
    EXPECT_FALSE(area_under_curve({}, {0.5}).has_value());
}

}  // namespace
}  // namespace docmind
