#include "async/deadline.hpp"

#include "async/offload.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Task<std::unique_ptr<int>> boxed_after(std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    co_return std::make_unique<int>(7);
}

Task<> fail_after(std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    throw Error(errc::corrupt, "on purpose");
}

/// Comes to its value although it is cancelled.
Task<int> insist(Pool* pool) {
    auto work = [](std::stop_token stop) {
        test::until_stopped(stop);
        return 1;
    };
    try {
        co_await offload(*pool, Priority::interactive, std::move(work));
    } catch (const std::exception&) {
        // A test of what with_deadline makes of a task that breaks the rule not to swallow.
    }
    co_return 5;
}

Task<> fail_when_cancelled() {
    try {
        co_await sleep_for(10s);
    } catch (const std::exception&) {
        throw Error(errc::backend, "the connection broke");
    }
}

Task<> on_pool(Pool* pool, test::Gate* started, std::atomic<bool>* ended) {
    auto work = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        test::keep_thread(20ms);
        *ended = true;
    };
    co_await offload(*pool, Priority::interactive, std::move(work));
}

Task<int> short_work(std::shared_ptr<int> held) {
    co_await yield_now();
    co_await sleep_for(0ms);
    co_return *held;
}

template <class T>
std::optional<errc> error_of(Task<T> task) {
    try {
        test::run_task(std::move(task), 5s);
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

TEST(WithDeadline, gives_the_value_or_the_failure_of_a_task_that_is_in_time) {
    EXPECT_EQ(*test::run_task(with_deadline(boxed_after(1ms), 10s)), 7);
    test::run_task(with_deadline(sleep_for(1ms), 10s));
    EXPECT_EQ(error_of(with_deadline(fail_after(1ms), 10s)), errc::corrupt);
}

TEST(WithDeadline, cancels_a_task_that_is_late_and_says_timeout) {
    const auto start = Clock::now();
    EXPECT_EQ(error_of(with_deadline(boxed_after(10s), 20ms)), errc::timeout);
    EXPECT_GE(Clock::now() - start, 20ms);
    EXPECT_LT(Clock::now() - start, 2s);
    EXPECT_EQ(error_of(with_deadline(sleep_for(10s), 0ms)), errc::timeout);
    EXPECT_EQ(error_of(with_deadline(sleep_for(10s), -1s)), errc::timeout);
}

TEST(WithDeadline, says_how_long_it_might_have_taken) {
    try {
        test::run_task(with_deadline(sleep_for(10s), 15ms));
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("15 ms"), std::string::npos);
    }
}

TEST(WithDeadline, takes_the_longest_limits_there_are) {
    EXPECT_EQ(*test::run_task(with_deadline(boxed_after(1ms), Clock::duration::max())), 7);
    EXPECT_EQ(*test::run_task(with_deadline(boxed_after(1ms), std::chrono::hours(24 * 365 * 100))), 7);
}

TEST(WithDeadline, waits_for_a_late_call_on_a_pool_before_it_says_timeout) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    EXPECT_EQ(error_of(with_deadline(on_pool(&pool, &started, &ended), 20ms)), errc::timeout);
    EXPECT_TRUE(ended);
}

TEST(WithDeadline, gives_the_result_of_a_late_task_that_finished_all_the_same) {
    Pool pool({.name = "test"});
    EXPECT_EQ(test::run_task(with_deadline(insist(&pool), 5ms)), 5);
    EXPECT_EQ(error_of(with_deadline(fail_when_cancelled(), 5ms)), errc::backend);
}

TEST(WithDeadline, cancelled_from_outside_is_a_cancellation_and_no_timeout) {
    for (const auto time : {0ms, 5ms}) {
        test::Run<void> run(with_deadline(sleep_for(10s), 9s));
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
}

TEST(WithDeadline, cancelled_while_its_task_runs_on_a_pool_waits_for_it) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    test::Run<void> run(with_deadline(on_pool(&pool, &started, &ended), 10s));
    run.io().poll();
    started.wait();
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_TRUE(ended);
}

TEST(WithDeadline, cancelled_while_it_waits_for_a_late_call_is_a_cancellation) {
    Pool pool({.name = "test"});
    test::Gate stopping, finish;
    auto work = [&](std::stop_token stop) {
        test::until_stopped(stop);
        stopping.open();
        finish.wait();
    };
    test::Run<void> run(with_deadline(offload(pool, Priority::interactive, std::move(work)), 5ms));
    test::run_until(run, [&] { return stopping.wait_for(0ms); });
    run.cancel();
    test::run_for(run, 5ms);
    EXPECT_FALSE(run.ended());
    finish.open();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST(WithDeadline, nests_and_the_shorter_limit_counts) {
    const auto start = Clock::now();
    EXPECT_EQ(error_of(with_deadline(with_deadline(sleep_for(10s), 10ms), 8s)), errc::timeout);
    EXPECT_EQ(error_of(with_deadline(with_deadline(sleep_for(10s), 8s), 10ms)), errc::timeout);
    EXPECT_LT(Clock::now() - start, 5s);
}

TEST(WithDeadline, may_be_cancelled_or_destroyed_at_every_await) {
    const auto held = std::make_shared<int>(3);
    const auto nothing_left = [&] { EXPECT_EQ(held.use_count(), 1); };
    EXPECT_GE(test::cancel_at_every_await([&] { return with_deadline(short_work(held), 10s); }, nothing_left).cancelled, 2u);
    EXPECT_GE(test::destroy_at_every_await([&] { return with_deadline(short_work(held), 10s); }, nothing_left), 3u);
}

TEST(SleepFor, sleeps_at_least_so_long_and_can_be_cancelled) {
    const auto start = Clock::now();
    test::run_task(sleep_for(20ms));
    EXPECT_GE(Clock::now() - start, 20ms);
    test::run_task(sleep_for(-1s), 1s);
    test::Run<void> run(sleep_for(Clock::duration::max()));
    test::run_for(run, 2ms);
    EXPECT_FALSE(run.ended());
    run.cancel();
    run.finish(1s);
    EXPECT_TRUE(is_cancelled(run.error()));
}

}  // namespace
}  // namespace docmind
