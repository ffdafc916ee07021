#include "net/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(CircuitBreaker, opens_after_failures_in_a_row_and_lets_one_try) {
    CircuitBreaker breaker({.failures_to_open = 2, .open_for = 5s});
    Clock::time_point now{};
    breaker.failed(now);
    breaker.succeeded();
    breaker.failed(now);
    EXPECT_TRUE(breaker.allow(now));
    breaker.failed(now);
    EXPECT_FALSE(breaker.allow(now));
    now += 5s;
    EXPECT_TRUE(breaker.allow(now));
    EXPECT_FALSE(breaker.allow(now)) << "one at a time";
    breaker.abandoned();
    EXPECT_TRUE(breaker.allow(now)) << "an abandoned try says nothing";
    breaker.failed(now);
    EXPECT_FALSE(breaker.allow(now));
    now += 5s;
    EXPECT_TRUE(breaker.allow(now));
    breaker.succeeded();
    EXPECT_TRUE(breaker.allow(now));
}

}  // namespace
}  // namespace docmind
