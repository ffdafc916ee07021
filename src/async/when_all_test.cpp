#include "async/when_all.hpp"

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Task<int> later(int value, std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    co_return value;
}

Task<std::unique_ptr<int>> boxed(int value) {
    co_await yield_now();
    co_return std::make_unique<int>(value);
}

Task<> mark(std::shared_ptr<int> count) {
    co_await yield_now();
    ++*count;
}

Task<int> fail_after(std::string message, std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    throw Error(errc::backend, message);
}

Task<> fail_at_once(std::string message) {
    throw Error(errc::backend, message);
    co_return;
}

Task<int> on_pool_until_stopped(Pool* pool, test::Gate* started, std::atomic<bool>* ended) {
    auto work = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        test::keep_thread(20ms);
        *ended = true;
        return 1;
    };
    const int value = co_await offload(*pool, Priority::interactive, std::move(work));
    co_return value;
}

Task<int> fail_when_started(test::Gate* started) {
    while (!started->wait_for(0ms)) co_await sleep_for(1ms);
    throw Error(errc::backend, "the sibling failed");
}

template <class T>
std::string failure_of(Task<T> task) {
    try {
        test::run_task(std::move(task));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

Task<int> many(std::shared_ptr<int> count) {
    auto [value, nothing, box] = co_await when_all(later(1, 0ms), mark(count), boxed(2));
    std::vector<Task<int>> more;
    more.push_back(later(3, 0ms));
    more.push_back(later(4, 0ms));
    const auto values = co_await when_all(std::move(more));
    (void)nothing;
    co_return value + *box + values[0] + values[1];
}

TEST(WhenAll, gives_the_results_in_the_order_of_the_arguments) {
    const auto count = std::make_shared<int>(0);
    const auto [slow, nothing, fast, box] = test::run_task(when_all(later(1, 5ms), mark(count), later(2, 0ms), boxed(3)));
    EXPECT_EQ(slow, 1);
    EXPECT_EQ(fast, 2);
    EXPECT_EQ(*box, 3);
    EXPECT_EQ(*count, 1);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(nothing)>, std::monostate>);
}

TEST(WhenAll, gives_the_results_of_a_vector_in_its_order) {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(later(i, std::chrono::milliseconds(5 - i)));
    EXPECT_THAT(test::run_task(when_all(std::move(tasks))), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(test::run_task(when_all(std::vector<Task<int>>())), IsEmpty());
    test::run_task(when_all(std::vector<Task<>>()));
}

TEST(WhenAll, runs_its_tasks_at_the_same_time) {
    const auto start = std::chrono::steady_clock::now();
    test::run_task(when_all(later(1, 80ms), later(2, 80ms), later(3, 80ms)));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 200ms);
}

TEST(WhenAll, rethrows_the_first_failure_in_time) {
    EXPECT_EQ(failure_of(when_all(fail_after("second", 20ms), fail_after("first", 1ms))), "first");
    std::vector<Task<>> tasks;
    tasks.push_back(fail_at_once("at once"));
    tasks.push_back(fail_at_once("too late"));
    EXPECT_EQ(failure_of(when_all(std::move(tasks))), "at once");
}

TEST(WhenAll, cancels_the_siblings_of_a_failure) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(failure_of(when_all(later(1, 10s), fail_after("on purpose", 1ms), later(2, 10s))), "on purpose");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(WhenAll, waits_for_a_sibling_that_runs_on_a_pool_before_it_rethrows) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    EXPECT_EQ(failure_of(when_all(on_pool_until_stopped(&pool, &started, &ended), fail_when_started(&started))), "the sibling failed");
    EXPECT_TRUE(ended);
}

TEST(WhenAll, cancelled_before_the_start_starts_nothing) {
    const auto count = std::make_shared<int>(0);
    std::vector<Task<>> tasks;
    tasks.push_back(mark(count));
    test::Run<void> run(when_all(std::move(tasks)));
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(*count, 0);
}

TEST(WhenAll, cancelled_while_its_tasks_wait_cancels_them_all) {
    using Three = std::tuple<int, int, int>;
    test::Run<Three> run(when_all(later(1, 10s), later(2, 10s), later(3, 10s)));
    test::run_for(run, 5ms);
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST(WhenAll, cancelled_while_a_task_runs_on_a_pool_waits_for_it) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    test::Run<std::tuple<int, int>> run(when_all(on_pool_until_stopped(&pool, &started, &ended), later(1, 10s)));
    run.io().poll();
    started.wait();
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(ended);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST(WhenAll, whose_owner_dies_leaves_nothing) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    const auto count = std::make_shared<int>(0);
    {
        std::vector<Task<>> tasks;
        tasks.push_back(mark(count));
        test::Run<std::tuple<int, std::monostate>> run(
            when_all(on_pool_until_stopped(&pool, &started, &ended), when_all(std::move(tasks))));
        run.io().poll();
        started.wait();
    }
    EXPECT_TRUE(ended);
    EXPECT_EQ(count.use_count(), 1);
}

TEST(WhenAll, may_be_cancelled_or_destroyed_at_every_await) {
    const auto count = std::make_shared<int>(0);
    const auto nothing_left = [&] { EXPECT_EQ(count.use_count(), 1); };
    EXPECT_GE(test::cancel_at_every_await([&] { return many(count); }, nothing_left).cancelled, 5u);
    EXPECT_GE(test::destroy_at_every_await([&] { return many(count); }, nothing_left), 5u);
}

TEST(WhenAll, nests) {
    auto inner = when_all(later(1, 1ms), later(2, 1ms));
    const auto [pair, three] = test::run_task(when_all(std::move(inner), later(3, 0ms)));
    EXPECT_EQ(std::get<0>(pair) + std::get<1>(pair) + three, 6);
}

}  // namespace
}  // namespace docmind
