#include "async/offload.hpp"

#include "async/deadline.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

namespace docmind {
namespace {

using namespace std::chrono_literals;

class Offload : public ::testing::Test {
  protected:
    Pool pool{{.name = "test"}};
    test::Gate started, finish;
    std::atomic<int> calls = 0;
    std::atomic<bool> asked_to_stop = false;
};

Task<std::pair<std::thread::id, std::thread::id>> where(Pool* pool) {
    const std::thread::id worker =
        co_await offload(*pool, Priority::interactive, [](std::stop_token) { return std::this_thread::get_id(); });
    co_return std::pair(worker, std::this_thread::get_id());
}

Task<int> add_one(Pool* pool, int number, std::atomic<int>* calls) {
    auto add = [number, calls](std::stop_token) {
        ++*calls;
        return number + 1;
    };
    const int sum = co_await offload(*pool, Priority::interactive, std::move(add));
    co_return sum;
}

/// Ends when asked to, and not before `finish` opens.
Task<int> stubborn(Pool* pool, test::Gate* started, test::Gate* finish, std::atomic<bool>* asked_to_stop) {
    auto work = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        *asked_to_stop = true;
        finish->wait();
        return 42;
    };
    const int answer = co_await offload(*pool, Priority::interactive, std::move(work));
    co_return answer;
}

TEST_F(Offload, runs_the_call_on_the_pool_and_goes_on_where_it_was) {
    const auto [worker, after] = test::run_task(where(&pool));
    EXPECT_NE(worker, std::this_thread::get_id());
    EXPECT_EQ(after, std::this_thread::get_id());
}

TEST_F(Offload, gives_values_nothing_and_move_only_things) {
    EXPECT_EQ(test::run_task(add_one(&pool, 1, &calls)), 2);
    test::run_task(offload(pool, Priority::background, [](std::stop_token) {}));
    auto box = std::make_unique<int>(5);
    auto unbox = offload(pool, Priority::interactive, [box = std::move(box)](std::stop_token) mutable { return std::move(box); });
    EXPECT_EQ(*test::run_task(std::move(unbox)), 5);
}

TEST_F(Offload, brings_the_calls_exception_back) {
    auto fails = offload(pool, Priority::interactive, [](std::stop_token) -> int { throw Error(errc::corrupt, "damaged"); });
    try {
        test::run_task(std::move(fails));
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::corrupt);
    }
}

TEST_F(Offload, frees_what_the_call_captured_on_the_pools_thread) {
    std::thread::id freed_on;
    {
        auto held = std::shared_ptr<int>(new int(1), [&](int* p) {
            delete p;
            freed_on = std::this_thread::get_id();
        });
        auto call = offload(pool, Priority::interactive, [held = std::move(held)](std::stop_token) { return *held; });
        EXPECT_EQ(test::run_task(std::move(call)), 1);
    }
    EXPECT_NE(freed_on, std::thread::id());
    EXPECT_NE(freed_on, std::this_thread::get_id());
}

TEST_F(Offload, cancelled_before_the_start_never_reaches_the_pool) {
    test::Run<int> run(add_one(&pool, 1, &calls));
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(pool.stats().started, 0u);
}

TEST_F(Offload, cancelled_while_it_waits_in_the_queue_is_dropped_at_once) {
    test::Run<int> blocker(stubborn(&pool, &started, &finish, &asked_to_stop));
    blocker.io().poll();
    started.wait();
    test::Run<int> run(add_one(&pool, 1, &calls));
    run.io().poll();
    EXPECT_EQ(pool.stats().waiting_interactive, 1u);
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(pool.stats().withdrawn, 1u);
    finish.open();
    blocker.cancel();
    blocker.finish();
    EXPECT_EQ(calls, 0);
}

TEST_F(Offload, cancelled_while_it_runs_is_asked_to_stop_and_awaited) {
    test::Run<int> run(stubborn(&pool, &started, &finish, &asked_to_stop));
    run.io().poll();
    started.wait();
    EXPECT_FALSE(asked_to_stop);
    run.cancel();
    test::run_until(run, [&] { return asked_to_stop.load(); });
    test::run_for(run, 20ms);
    EXPECT_FALSE(run.ended());
    run.cancel();
    test::run_for(run, 5ms);
    EXPECT_FALSE(run.ended());
    finish.open();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST_F(Offload, outlives_no_owner_that_dies_while_the_call_runs) {
    std::atomic<bool> returned = false;
    {
        int local = 1;
        auto work = [&](std::stop_token stop) {
            started.open();
            test::until_stopped(stop);
            test::keep_thread(20ms);
            ++local;
            returned = true;
        };
        test::Run<void> run(offload(pool, Priority::interactive, std::move(work)));
        run.io().poll();
        started.wait();
    }
    EXPECT_TRUE(returned);
}

TEST_F(Offload, takes_its_call_out_of_the_queue_when_its_owner_dies) {
    test::Run<int> blocker(stubborn(&pool, &started, &finish, &asked_to_stop));
    blocker.io().poll();
    started.wait();
    {
        test::Run<int> run(add_one(&pool, 1, &calls));
        run.io().poll();
        EXPECT_EQ(pool.stats().waiting_interactive, 1u);
    }
    EXPECT_EQ(pool.stats().waiting_interactive, 0u);
    finish.open();
    blocker.cancel();
    blocker.finish();
    EXPECT_EQ(calls, 0);
}

TEST_F(Offload, may_be_cancelled_or_destroyed_at_every_await) {
    const auto sweep = test::cancel_at_every_await([&] { return add_one(&pool, 1, &calls); });
    EXPECT_GE(sweep.cancelled, 1u);
    EXPECT_GE(test::destroy_at_every_await([&] { return add_one(&pool, 1, &calls); }), 2u);
}

TEST_F(Offload, survives_an_owner_that_dies_in_the_moment_the_call_ends) {
    std::mt19937 random(1);
    const auto held = std::make_shared<int>(0);
    for (int i = 0; i < 2000; ++i) {
        std::atomic<bool> running = false;
        {
            auto work = [&running, held](std::stop_token) { running = true; };
            test::Run<void> run(offload(pool, Priority::interactive, std::move(work)));
            run.io().poll();
            while (!running) std::this_thread::yield();
            for (auto spins = random() % 2000; spins > 0; --spins) std::atomic_signal_fence(std::memory_order_seq_cst);
        }
    }
    while (pool.stats().running > 0) std::this_thread::yield();
    EXPECT_EQ(held.use_count(), 1);
}

TEST_F(Offload, survives_cancellations_at_random_moments) {
    std::mt19937 random(2);
    const auto held = std::make_shared<int>(0);
    int cancelled = 0, completed = 0;
    for (int i = 0; i < 2000; ++i) {
        auto work = [held](std::stop_token stop) { return stop.stop_requested() ? 0 : 1; };
        test::Run<int> run(offload(pool, Priority::background, std::move(work)));
        run.io().poll();
        for (auto spins = random() % 20000; spins > 0; --spins) std::atomic_signal_fence(std::memory_order_seq_cst);
        run.cancel();
        run.finish();
        ASSERT_TRUE(!run.error() || is_cancelled(run.error()));
        ++(run.error() ? cancelled : completed);
    }
    while (pool.stats().running > 0) std::this_thread::yield();
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_GT(cancelled, 0);
    EXPECT_EQ(cancelled + completed, 2000);
}

}  // namespace
}  // namespace docmind
