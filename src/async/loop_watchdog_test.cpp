#include "async/loop_watchdog.hpp"

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;

void block_loop(const char* label, std::chrono::milliseconds time) {
    const LoopLabel what(label);
    test::keep_thread(time);
}

Task<> stall(const char* label, std::chrono::milliseconds time) {
    co_await sleep_for(20ms);
    if (label) {
        block_loop(label, time);
    } else {
        test::keep_thread(time);
    }
    co_await sleep_for(20ms);
}

Task<> stall_in_an_inner_block() {
    co_await sleep_for(5ms);
    {
        const LoopLabel outer("outer");
        block_loop("short", 5ms);
        block_loop("inner", 150ms);
    }
    co_await sleep_for(20ms);
}

Task<> busy_on_pool(Pool* pool, std::chrono::milliseconds time) {
    auto work = [time](std::stop_token) { block_loop("on the pool", time); };
    co_await offload(*pool, Priority::interactive, std::move(work));
}

/// Runs the watchdog beside `task` until that ends.
void watch(LoopWatchdog& watchdog, Task<> task) {
    auto fail_after = [](Task<> inner) -> Task<> {
        co_await std::move(inner);
        throw Error(errc::unavailable, "the end of the test");
    };
    EXPECT_THROW(test::run_task(when_all(watchdog.run(), fail_after(std::move(task)))), Error);
}

class LoopWatchdogTest : public ::testing::Test {
  protected:
    std::vector<LoopWatchdog::Stall> stalls;
    LoopWatchdog watchdog{{}, [this](const LoopWatchdog::Stall& stall) { stalls.push_back(stall); }};
};

TEST_F(LoopWatchdogTest, sees_a_stall_of_150_ms_and_what_ran) {
    watch(watchdog, stall("an index build", 150ms));
    ASSERT_EQ(stalls.size(), 1u);
    EXPECT_EQ(watchdog.stalls(), 1u);
    EXPECT_GE(stalls[0].lag, 135ms);
    EXPECT_LT(stalls[0].lag, 1s);
    EXPECT_EQ(stalls[0].what, "an index build");
    EXPECT_GE(stalls[0].what_ran, 145ms);
    EXPECT_GE(watchdog.lag().max(), 135ms);
    EXPECT_GE(watchdog.lag().percentile(0.999), 100ms);
}

TEST_F(LoopWatchdogTest, says_unknown_where_nothing_was_labelled) {
    watch(watchdog, stall(nullptr, 150ms));
    ASSERT_EQ(stalls.size(), 1u);
    EXPECT_EQ(stalls[0].what, "unknown");
}

TEST_F(LoopWatchdogTest, names_the_innermost_block_that_took_the_time) {
    watch(watchdog, stall_in_an_inner_block());
    ASSERT_EQ(stalls.size(), 1u);
    EXPECT_EQ(stalls[0].what, "inner");
}

TEST_F(LoopWatchdogTest, is_not_disturbed_by_work_on_a_pool) {
    Pool pool({.name = "test"});
    watch(watchdog, busy_on_pool(&pool, 150ms));
    EXPECT_TRUE(stalls.empty());
    EXPECT_GE(watchdog.lag().count(), 5u);
    EXPECT_LT(watchdog.lag().percentile(0.5), 20ms);
}

TEST_F(LoopWatchdogTest, counts_a_stall_as_the_samples_it_swallowed) {
    watch(watchdog, stall("long", 150ms));
    const auto& buckets = watchdog.lag().buckets();
    // 150 ms at one sample each 10 ms: about 14 late ones, of which 4 to 5 over 100 ms.
    const std::uint64_t over_100ms = buckets[8] + buckets[9] + buckets[10] + buckets[11];
    EXPECT_GE(over_100ms, 4u);
    EXPECT_GE(buckets[7], 4u) << "50 to 100 ms";
    EXPECT_EQ(std::accumulate(buckets.begin(), buckets.end(), std::uint64_t(0)), watchdog.lag().count());
}

TEST_F(LoopWatchdogTest, starts_afresh_when_it_is_cleared) {
    watch(watchdog, stall("long", 150ms));
    watchdog.clear();
    EXPECT_EQ(watchdog.lag().count(), 0u);
    EXPECT_EQ(watchdog.stalls(), 0u);
    EXPECT_EQ(watchdog.lag().percentile(0.5), 0ns);
    EXPECT_EQ(watchdog.lag().max(), 0ns);
}

TEST_F(LoopWatchdogTest, measures_until_it_is_cancelled_or_its_owner_dies) {
    for (const auto time : {0ms, 30ms}) {
        test::Run<void> run(watchdog.run());
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
    EXPECT_GE(watchdog.lag().count(), 1u);
    {
        test::Run<void> run(watchdog.run());
        test::run_for(run, 15ms);
    }
}

TEST_F(LoopWatchdogTest, refuses_a_period_that_is_not_positive) {
    EXPECT_THROW(LoopWatchdog({.period = 0ns}), Error);
}

TEST(LagHistogram, gives_percentiles_to_a_sixteenth_of_their_value) {
    std::mt19937 random(1);
    std::lognormal_distribution<double> lags(std::log(200'000.0), 2.0);
    LagHistogram histogram;
    std::vector<double> exact;
    for (int i = 0; i < 20'000; ++i) {
        const double ns = std::floor(lags(random));
        exact.push_back(ns);
        histogram.add(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
    }
    std::ranges::sort(exact);
    for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const double value = exact[static_cast<std::size_t>(std::ceil(q * 20'000)) - 1];
        const auto estimate = static_cast<double>(histogram.percentile(q).count());
        EXPECT_GE(estimate, value) << q;
        EXPECT_LE(estimate, value * (1 + 1.0 / 16) + 1) << q;
    }
    EXPECT_EQ(histogram.max().count(), static_cast<std::int64_t>(exact.back()));
    EXPECT_NEAR(histogram.sum_seconds(), std::accumulate(exact.begin(), exact.end(), 0.0) * 1e-9, 1e-6);
}

TEST(LagHistogram, sorts_into_the_exported_buckets_with_inclusive_upper_bounds) {
    LagHistogram histogram;
    for (const auto lag : {std::chrono::nanoseconds(-5), std::chrono::nanoseconds(0), std::chrono::nanoseconds(500'000)})
        histogram.add(lag);
    EXPECT_EQ(histogram.buckets()[0], 3u);
    histogram.add(501us);
    EXPECT_EQ(histogram.buckets()[1], 1u);
    histogram.add(1s);
    EXPECT_EQ(histogram.buckets()[10], 1u);
    histogram.add(std::chrono::hours(24));
    EXPECT_EQ(histogram.buckets()[11], 1u);
    EXPECT_EQ(histogram.percentile(1), std::chrono::hours(24));
    EXPECT_EQ(histogram.count(), 6u);
}

TEST(LagHistogram, knows_small_values_exactly_and_is_empty_at_first) {
    LagHistogram histogram;
    EXPECT_EQ(histogram.percentile(0.5), 0ns);
    for (int i = 0; i < 16; ++i) histogram.add(std::chrono::nanoseconds(i));
    EXPECT_EQ(histogram.percentile(0.5), 7ns);
    EXPECT_EQ(histogram.percentile(0), 0ns);
}

}  // namespace
}  // namespace docmind
