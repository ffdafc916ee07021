#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What the items of a loop did.
struct Log {
    std::vector<int> started, ended;
    int now = 0, most = 0;
    std::shared_ptr<int> held = std::make_shared<int>(0);
};

struct Visit {
    Log* log;
    explicit Visit(Log* l) : log(l) { log->most = std::max(log->most, ++log->now); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { --log->now; }
};

Task<> visit(int item, Log* log, std::shared_ptr<int> /*held*/, std::chrono::milliseconds time) {
    const Visit visit(log);
    log->started.push_back(item);
    co_await sleep_for(time);
    log->ended.push_back(item);
}

Task<> visit_or_fail(int item, int bad, Log* log) {
    log->started.push_back(item);
    if (item == bad) throw Error(errc::backend, "item " + std::to_string(item));
    co_await sleep_for(1ms);
    log->ended.push_back(item);
}

Task<> change(std::string* item) {
    co_await yield_now();
    item->push_back('!');
}

Task<> change_all(std::vector<std::string>* kept) {
    std::vector<std::string> items{"a", "b", "c"};
    auto all = std::views::all(items);
    co_await for_each_limited(all, 2, [](std::string& item) { return change(&item); });
    *kept = std::move(items);
}

Task<> on_pool(Pool* pool, test::Gate* started, std::atomic<bool>* ended) {
    auto work = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        test::keep_thread(10ms);
        *ended = true;
    };
    co_await offload(*pool, Priority::background, std::move(work));
}

std::vector<int> first(int n) {
    std::vector<int> items(static_cast<std::size_t>(n));
    std::ranges::generate(items, [i = 0]() mutable { return i++; });
    return items;
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

TEST(ForEachLimited, visits_every_item_in_order_and_never_more_than_the_limit_at_once) {
    for (const std::size_t limit : {1, 3, 100}) {
        Log log;
        test::run_task(for_each_limited(first(20), limit, [&](int i) { return visit(i, &log, log.held, 1ms); }));
        EXPECT_EQ(log.started, first(20));
        EXPECT_EQ(log.ended.size(), 20u);
        EXPECT_EQ(log.most, static_cast<int>(std::min<std::size_t>(limit, 20)));
    }
}

TEST(ForEachLimited, takes_ranges_that_make_their_items_and_items_that_cannot_be_copied) {
    Log log;
    test::run_task(for_each_limited(std::views::iota(0, 5), 2, [&](int i) { return visit(i, &log, nullptr, 0ms); }));
    EXPECT_EQ(log.started, first(5));
    std::vector<std::unique_ptr<int>> boxes;
    for (int i = 0; i < 3; ++i) boxes.push_back(std::make_unique<int>(i));
    log = {};
    test::run_task(for_each_limited(std::move(boxes), 2, [&](std::unique_ptr<int>& box) { return visit(*box, &log, nullptr, 0ms); }));
    EXPECT_THAT(log.started, ElementsAre(0, 1, 2));
}

TEST(ForEachLimited, leaves_the_items_in_place_while_they_are_worked_on) {
    std::vector<std::string> kept;
    test::run_task(change_all(&kept));
    EXPECT_THAT(kept, ElementsAre("a!", "b!", "c!"));
}

TEST(ForEachLimited, does_nothing_for_no_items_and_refuses_a_limit_of_zero) {
    Log log;
    test::run_task(for_each_limited(std::vector<int>(), 3, [&](int i) { return visit(i, &log, nullptr, 0ms); }));
    EXPECT_THAT(log.started, IsEmpty());
    EXPECT_THROW(test::run_task(for_each_limited(first(1), 0, [&](int i) { return visit(i, &log, nullptr, 0ms); })), Error);
}

TEST(ForEachLimited, starts_nothing_more_after_a_failure) {
    Log log;
    EXPECT_EQ(failure_of(for_each_limited(first(100), 2, [&](int i) { return visit_or_fail(i, 10, &log); })), "item 10");
    EXPECT_LE(log.started.size(), 12u);
}

TEST(ForEachLimited, starts_nothing_more_after_an_item_that_fails_before_it_waits) {
    Log log;
    EXPECT_EQ(failure_of(for_each_limited(first(100), 8, [&](int i) { return visit_or_fail(i, 0, &log); })), "item 0");
    EXPECT_THAT(log.started, ElementsAre(0));
}

TEST(ForEachLimited, starts_nothing_more_when_the_callable_itself_throws) {
    int calls = 0;
    const auto refuse = [&](int i) -> Task<> {
        ++calls;
        throw Error(errc::internal, "refused " + std::to_string(i));
    };
    EXPECT_EQ(failure_of(for_each_limited(first(100), 8, refuse)), "refused 0");
    EXPECT_EQ(calls, 1);
}

TEST(ForEachLimited, cancelled_before_the_start_starts_nothing) {
    Log log;
    test::Run<void> run(for_each_limited(first(5), 2, [&](int i) { return visit(i, &log, log.held, 1ms); }));
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_THAT(log.started, IsEmpty());
}

TEST(ForEachLimited, cancelled_while_items_wait_cancels_them_and_starts_no_other) {
    Log log;
    test::Run<void> run(for_each_limited(first(50), 3, [&](int i) { return visit(i, &log, log.held, 10s); }));
    test::run_for(run, 5ms);
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_THAT(log.started, ElementsAre(0, 1, 2));
    EXPECT_THAT(log.ended, IsEmpty());
    EXPECT_EQ(log.now, 0);
}

TEST(ForEachLimited, cancelled_while_an_item_runs_on_a_pool_waits_for_it) {
    Pool pool({.name = "test"});
    test::Gate started;
    std::atomic<bool> ended = false;
    test::Run<void> run(for_each_limited(first(3), 1, [&](int) { return on_pool(&pool, &started, &ended); }));
    run.io().poll();
    started.wait();
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_TRUE(ended);
    EXPECT_EQ(pool.stats().started, 1u);
}

TEST(ForEachLimited, may_be_cancelled_or_destroyed_at_every_await) {
    Log log;
    const auto loop = [&] { return for_each_limited(first(5), 2, [&](int i) { return visit(i, &log, log.held, 0ms); }); };
    const auto nothing_left = [&] {
        EXPECT_EQ(log.now, 0);
        EXPECT_EQ(log.held.use_count(), 1);
    };
    EXPECT_GE(test::cancel_at_every_await(loop, nothing_left).cancelled, 4u);
    EXPECT_GE(test::destroy_at_every_await(loop, nothing_left), 5u);
}

}  // namespace
}  // namespace docmind
