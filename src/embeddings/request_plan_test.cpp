#include "embeddings/request_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace docmind {
namespace {

using Plan = std::vector<std::vector<std::size_t>>;

std::size_t bytes_of(const std::vector<std::size_t>& request, const std::vector<std::size_t>& sizes) {
    std::size_t bytes = 0;
    for (const std::size_t i : request) bytes += sizes[i];
    return bytes;
}

void expect_whole(const Plan& plan, const std::vector<std::size_t>& sizes, RequestLimits limits) {
    std::vector<std::size_t> all;
    for (const auto& request : plan) {
        EXPECT_FALSE(request.empty());
        EXPECT_LE(request.size(), limits.texts);
        EXPECT_TRUE(request.size() == 1 || bytes_of(request, sizes) <= limits.bytes);
        all.insert(all.end(), request.begin(), request.end());
    }
    std::ranges::sort(all);
    EXPECT_EQ(all.size(), sizes.size());
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

TEST(RequestPlan, the_last_wave_is_as_full_as_the_first) {
    const std::vector<std::size_t> sizes(2048, 700);
    for (const std::size_t slots : {1U, 3U, 8U, 32U}) {
        const RequestLimits limits{.texts = 32, .bytes = 128 * 1024, .slots = slots};
        const Plan plan = plan_requests(sizes, limits);
        expect_whole(plan, sizes, limits);
        EXPECT_EQ(plan.size(), (64 + slots - 1) / slots * slots);
    }
}

TEST(RequestPlan, a_few_texts_are_shared_among_all_slots) {
    EXPECT_THAT(plan_requests({5, 9, 7}, {.slots = 8}),
                testing::ElementsAre(testing::ElementsAre(1), testing::ElementsAre(2), testing::ElementsAre(0)));
    const Plan plan = plan_requests(std::vector<std::size_t>(20, 100), {.slots = 8});
    EXPECT_EQ(plan.size(), 8U);
    for (const auto& request : plan) EXPECT_LE(request.size(), 3U);
    EXPECT_TRUE(plan_requests({}, {}).empty());
}

TEST(RequestPlan, requests_hold_texts_of_similar_length_and_like_many_bytes) {
    std::mt19937 random(1);
    std::vector<std::size_t> sizes;
    for (int i = 0; i < 1000; ++i) sizes.push_back(200 + random() % 1400);
    const RequestLimits limits{.texts = 256, .bytes = 64 * 1024, .slots = 8};
    const Plan plan = plan_requests(sizes, limits);
    expect_whole(plan, sizes, limits);
    EXPECT_EQ(plan.size() % 8, 0U);
    std::size_t least = SIZE_MAX, most = 0;
    for (const auto& request : plan) {
        least = std::min(least, bytes_of(request, sizes));
        most = std::max(most, bytes_of(request, sizes));
        EXPECT_GE(sizes[request.front()], sizes[request.back()]);
    }
    EXPECT_LT(static_cast<double>(most), 1.3 * static_cast<double>(least));
}

TEST(RequestPlan, whatever_the_lengths_every_text_is_sent_once_within_the_limits) {
    std::mt19937 random(2);
    for (int round = 0; round < 300; ++round) {
        const RequestLimits limits{.texts = 1 + random() % 40, .bytes = 1 + random() % 5000, .slots = 1 + random() % 10};
        std::vector<std::size_t> sizes(random() % 200);
        for (std::size_t& size : sizes) size = random() % (round % 3 == 0 ? 10'000 : 300);
        expect_whole(plan_requests(sizes, limits), sizes, limits);
    }
}

}  // namespace
}  // namespace docmind
