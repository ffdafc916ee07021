#include "net/retry_policy.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(RetryPolicy, pauses_grow_with_jitter_and_end_after_the_last_attempt) {
    RetryPolicy policy({.max_attempts = 3, .base = 100ms, .cap = 1s});
    const Clock::time_point now{};
    policy.request_started(now);
    EXPECT_EQ(policy.next_delay(1, std::nullopt, now, 0.5), 50ms);
    EXPECT_EQ(policy.next_delay(2, std::nullopt, now, 0.5), 100ms);
    EXPECT_EQ(policy.next_delay(3, std::nullopt, now, 0.5), std::nullopt);
}

TEST(RetryPolicy, the_wish_of_the_server_is_kept_unless_it_is_too_long) {
    RetryPolicy policy;
    EXPECT_EQ(policy.next_delay(1, 3s, {}, 0), 3s);
    EXPECT_EQ(policy.next_delay(1, 1h, {}, 0), std::nullopt);
}

TEST(RetryPolicy, retries_are_at_most_a_fifth_of_the_requests_and_three) {
    RetryPolicy policy;
    Clock::time_point now{};
    for (int i = 0; i < 100; ++i) policy.request_started(now);
    int allowed = 0;
    for (int i = 0; i < 100; ++i) allowed += policy.next_delay(1, std::nullopt, now, 0).has_value() ? 1 : 0;
    EXPECT_EQ(allowed, 20);
    now += 2min;
    allowed = 0;
    for (int i = 0; i < 100; ++i) allowed += policy.next_delay(1, std::nullopt, now, 0).has_value() ? 1 : 0;
    EXPECT_EQ(allowed, 3);
}

TEST(RetryPolicy, retry_after_is_seconds) {
    EXPECT_EQ(parse_retry_after(" 7 "), std::optional<Clock::duration>(7s));
    EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), std::nullopt);
    EXPECT_EQ(parse_retry_after("-1"), std::nullopt);
}

}  // namespace
}  // namespace docmind
