#include "async/feed.hpp"

#include "async/deadline.hpp"
#include "async/test_support.hpp"

#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Worker {
    int told = 0;
    int running = 0;
    int cancelled = 0;
};

struct Running {
    explicit Running(Worker* worker) : worker_(worker) { ++worker_->running; }
    ~Running() { --worker_->running; }
    Worker* worker_;
};

Task<> count(Worker* worker, int most, Feed<int>::Tell tell) {
    const Running running(worker);
    for (int i = 1; i <= most; ++i) {
        co_await yield_now();
        co_await tell(i);
        ++worker->told;
    }
}

Task<> hang(Worker* worker, Feed<int>::Tell tell) {
    const Running running(worker);
    co_await tell(1);
    try {
        co_await sleep_for(1h);
    } catch (...) {
        ++worker->cancelled;
        throw;
    }
}

Task<> fail(Feed<int>::Tell tell) {
    co_await tell(1);
    throw Error(errc::backend, "it broke");
}

Task<std::vector<int>> read_all(Feed<int>* feed) {
    std::vector<int> all;
    while (true) {
        const auto value = co_await feed->next();
        if (!value) break;
        all.push_back(*value);
    }
    co_return all;
}

Task<std::vector<int>> read_counted(Worker* worker, int most) {
    const auto executor = co_await boost::asio::this_coro::executor;
    Scope scope(executor);
    Feed<int> feed(scope, [worker, most](Feed<int>::Tell tell) { return count(worker, most, std::move(tell)); });
    auto all = co_await read_all(&feed);
    co_await scope.close(1s);
    co_return all;
}

TEST(Feed, gives_everything_in_order_then_ends) {
    Worker worker;
    EXPECT_THAT(test::run_task(read_counted(&worker, 5)), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(worker.running, 0);
}

Task<int> told_ahead(Worker* worker) {
    const auto executor = co_await boost::asio::this_coro::executor;
    Scope scope(executor);
    {
        Feed<int> feed(scope, [worker](Feed<int>::Tell tell) { return count(worker, 100, std::move(tell)); }, {.max_items = 3});
        for (int i = 0; i < 1000; ++i) co_await yield_now();
    }
    const int told = worker->told;
    co_await scope.close(1s);
    co_return told;
}

TEST(Feed, work_is_never_further_ahead_than_its_limit) {
    Worker worker;
    EXPECT_EQ(test::run_task(told_ahead(&worker)), 3);
    EXPECT_EQ(worker.running, 0) << "dropping the feed ends it, also while it waits for room";
}

Task<> drop_it(Worker* worker) {
    const auto executor = co_await boost::asio::this_coro::executor;
    Scope scope(executor);
    {
        Feed<int> feed(scope, [worker](Feed<int>::Tell tell) { return hang(worker, std::move(tell)); });
        const auto first = co_await feed.next();
        EXPECT_EQ(first, 1);
    }
    co_await scope.close(10s);
}

TEST(Feed, dropping_it_cancels_the_work_and_its_scope_waits_for_that) {
    Worker worker;
    test::run_task(drop_it(&worker));
    EXPECT_EQ(worker.cancelled, 1);
    EXPECT_EQ(worker.running, 0);
}

Task<std::string> hear_failure() {
    const auto executor = co_await boost::asio::this_coro::executor;
    Scope scope(executor);
    Feed<int> feed(scope, [](Feed<int>::Tell tell) { return fail(std::move(tell)); });
    const auto first = co_await feed.next();
    std::string heard = std::to_string(first.value_or(0));
    try {
        co_await feed.next();
    } catch (const Error& error) {
        heard += error.what();
    }
    const auto after = co_await feed.next();
    if (!after) heard += ".";
    co_await scope.close(1s);
    co_return heard;
}

TEST(Feed, a_failure_comes_behind_what_was_told_and_once) {
    EXPECT_EQ(test::run_task(hear_failure()), "1it broke.");
}

TEST(Feed, its_reader_may_be_cancelled_at_every_point_and_the_work_ends) {
    Worker worker;
    const auto run = [&] { return read_counted(&worker, 3); };
    const auto sweep = test::cancel_at_every_await(run, [&] { EXPECT_EQ(worker.running, 0); });
    EXPECT_GT(sweep.cancelled, 3U);
}

}  // namespace
}  // namespace docmind
