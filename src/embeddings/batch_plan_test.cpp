#include "embeddings/batch_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace docmind {
namespace {

TEST(BatchPlan, PutsEveryTextIntoOneBatchOfBoundedSize) {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::size_t> lengths(random() % 100);
        for (std::size_t& length : lengths) length = random() % 513;
        const std::size_t max = 64 + random() % 2000;
        std::vector<int> seen(lengths.size());
        for (const auto& batch : plan_batches(lengths, max)) {
            ASSERT_FALSE(batch.empty());
            std::size_t longest = 0;
            for (const std::size_t i : batch) {
                ++seen[i];
                longest = std::max(longest, lengths[i]);
            }
            ASSERT_TRUE(batch.size() == 1 || padded_length(longest) * batch.size() <= max);
        }
        ASSERT_EQ(std::ranges::count(seen, 1), static_cast<std::ptrdiff_t>(seen.size()));
    }
}

TEST(BatchPlan, PadsLittleWhereLengthsDiffer) {
    std::vector<std::size_t> lengths;
    for (std::size_t i = 0; i < 100; ++i) lengths.push_back(i % 2 == 0 ? 8 : 256);
    std::size_t padded = 0, real = 0;
    for (const auto& batch : plan_batches(lengths, 512)) {
        std::size_t longest = 0;
        for (const std::size_t i : batch) longest = std::max(longest, lengths[i]), real += lengths[i];
        padded += padded_length(longest) * batch.size();
    }
    EXPECT_LT(padded, real * 11 / 10);
}

TEST(BatchPlan, PadsUpwards) {
    for (std::size_t tokens = 0; tokens < 600; ++tokens) {
        EXPECT_GE(padded_length(tokens), std::max<std::size_t>(tokens, 1));
        EXPECT_LE(padded_length(tokens), tokens + 32);
    }
    EXPECT_EQ(padded_length(512), 512u);
}

}  // namespace
}  // namespace docmind
