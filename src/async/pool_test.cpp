#include "async/pool.hpp"

#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Task<> note(Pool* pool, Priority priority, int number, std::vector<int>* order) {
    co_await offload(*pool, priority, [number, order](std::stop_token) { order->push_back(number); });
}

Task<> block(Pool* pool, test::Gate* started, test::Gate* finish) {
    co_await offload(*pool, Priority::interactive, [=](std::stop_token) {
        started->open();
        finish->wait();
    });
}

TEST(Pool, takes_interactive_jobs_before_background_ones_and_each_kind_in_order) {
    Pool pool({.name = "order"});
    test::Gate started, finish;
    std::vector<int> order;  // touched by the pool's only thread
    std::vector<Task<>> tasks;
    tasks.push_back(block(&pool, &started, &finish));
    for (const int number : {11, 12, 13}) tasks.push_back(note(&pool, Priority::background, number, &order));
    for (const int number : {1, 2, 3}) tasks.push_back(note(&pool, Priority::interactive, number, &order));
    test::Run<void> run(when_all(std::move(tasks)));
    test::run_until(run, [&] { return pool.stats().waiting_interactive + pool.stats().waiting_background == 6; });
    EXPECT_EQ(pool.stats().waiting_background, 3u);
    finish.open();
    run.finish();
    run.take();
    EXPECT_THAT(order, ElementsAre(1, 2, 3, 11, 12, 13));
}

TEST(Pool, refuses_at_once_when_its_queue_is_full) {
    Pool pool({.name = "small", .max_queue = 2});
    test::Gate started, finish;
    std::vector<int> order;
    test::Run<void> blocker(block(&pool, &started, &finish));
    blocker.io().poll();
    started.wait();
    test::Run<void> first(note(&pool, Priority::background, 1, &order));
    test::Run<void> second(note(&pool, Priority::interactive, 2, &order));
    first.io().poll();
    second.io().poll();
    try {
        test::run_task(note(&pool, Priority::interactive, 3, &order));
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::overloaded);
    }
    EXPECT_EQ(pool.stats().refused, 1u);
    finish.open();
    blocker.finish();
    first.finish();
    second.finish();
    EXPECT_THAT(order, ElementsAre(2, 1));
}

TEST(Pool, runs_as_many_jobs_at_once_as_it_has_threads) {
    Pool pool({.name = "two", .threads = 2});
    test::Gate first_started, second_started, finish;
    test::Run<void> first(block(&pool, &first_started, &finish));
    test::Run<void> second(block(&pool, &second_started, &finish));
    first.io().poll();
    second.io().poll();
    first_started.wait();
    second_started.wait();
    EXPECT_EQ(pool.stats().running, 2u);
    finish.open();
    first.finish();
    second.finish();
    EXPECT_EQ(pool.stats().started, 2u);
}

TEST(Pool, that_is_destroyed_aborts_what_waits_and_lets_end_what_runs) {
    auto pool = std::make_unique<Pool>(Pool::Params{.name = "ends"});
    test::Gate started, finish;
    std::vector<int> order;
    test::Run<void> running(block(pool.get(), &started, &finish));
    running.io().poll();
    started.wait();
    test::Run<void> waiting(note(pool.get(), Priority::interactive, 1, &order));
    waiting.io().poll();
    std::jthread opener([&] {
        test::keep_thread(20ms);
        finish.open();
    });
    pool.reset();
    running.finish();
    waiting.finish();
    EXPECT_FALSE(running.error());
    EXPECT_TRUE(is_cancelled(waiting.error()));
    EXPECT_TRUE(order.empty());
}

TEST(Pool, names_and_nices_its_threads) {
    Pool pool({.name = "a_rather_long_name", .nice = 3});
    Task<std::pair<std::string, int>> look = offload(pool, Priority::interactive, [](std::stop_token) {
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        return std::pair(std::string(name), getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())));
    });
    const auto [name, nice] = test::run_task(std::move(look));
    EXPECT_EQ(name, "a_rather_long_n");
    EXPECT_EQ(nice, std::min(19, getpriority(PRIO_PROCESS, 0) + 3));
}

TEST(Pool, measures_how_long_jobs_waited) {
    Pool pool({.name = "waits"});
    test::Gate started, finish;
    std::vector<int> order;
    test::Run<void> blocker(block(&pool, &started, &finish));
    blocker.io().poll();
    started.wait();
    test::Run<void> waiting(note(&pool, Priority::background, 1, &order));
    waiting.io().poll();
    test::keep_thread(20ms);
    finish.open();
    waiting.finish();
    blocker.finish();
    EXPECT_GE(pool.stats().waited_max, 20ms);
    EXPECT_GE(pool.stats().waited_total, pool.stats().waited_max);
}

TEST(Pool, refuses_to_be_made_without_threads_or_without_a_queue) {
    EXPECT_THROW(Pool({.name = "none", .threads = 0}), Error);
    EXPECT_THROW(Pool({.name = "none", .max_queue = 0}), Error);
}

/// A result that takes the pool's lock when it dies.
struct AsksThePool {
    Pool* pool = nullptr;
    AsksThePool() = default;
    explicit AsksThePool(Pool* p) : pool(p) {}
    AsksThePool(AsksThePool&& other) noexcept : pool(std::exchange(other.pool, nullptr)) {}
    AsksThePool& operator=(AsksThePool&&) = delete;
    ~AsksThePool() {
        if (pool) (void)pool->stats();
    }
};

Task<AsksThePool> ask(Pool* pool, std::atomic<int>* started) {
    AsksThePool answer = co_await offload(*pool, Priority::interactive, [=](std::stop_token) {
        ++*started;
        return AsksThePool(pool);
    });
    co_return answer;
}

TEST(Pool, does_not_hold_its_lock_while_a_discarded_result_dies) {
    Pool pool({.name = "lock"});
    for (int i = 0; i < 300; ++i) {
        std::atomic<int> started = 0;
        test::Run<AsksThePool> run(ask(&pool, &started));
        test::run_until(run, [&] { return started > 0 || i % 3 == 0; });
        run.cancel();
        run.finish();
    }
}

}  // namespace
}  // namespace docmind
