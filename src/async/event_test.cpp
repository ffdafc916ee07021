#include "async/event.hpp"

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;

Task<> wait_and_count(Event* event, int* count) {
    co_await event->wait();
    ++*count;
}

Task<> set_after(Event* event, std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    event->set();
    event->reset();
}

Task<> set_after_work(Event* event, Pool* pool, test::Gate* started, test::Gate* finish) {
    auto work = [=](std::stop_token) {
        started->open();
        finish->wait();
    };
    co_await offload(*pool, Priority::interactive, std::move(work));
    event->set();
}

Task<> three_wait_for_one(Event* event, int* count) {
    std::vector<Task<>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(wait_and_count(event, count));
    tasks.push_back(set_after(event, 1ms));
    co_await when_all(std::move(tasks));
}

TEST(Event, that_is_set_lets_everyone_through_at_once_until_it_is_reset) {
    Event event;
    int count = 0;
    event.set();
    test::run_task(wait_and_count(&event, &count), 1s);
    test::run_task(wait_and_count(&event, &count), 1s);
    EXPECT_EQ(count, 2);
    event.reset();
    EXPECT_FALSE(event.is_set());
    test::Run<void> run(wait_and_count(&event, &count));
    test::run_for(run, 5ms);
    EXPECT_EQ(count, 2);
}

TEST(Event, wakes_all_who_wait_even_when_it_is_reset_at_once) {
    Event event;
    int count = 0;
    test::run_task(three_wait_for_one(&event, &count), 5s);
    EXPECT_EQ(count, 3);
}

TEST(Event, waits_across_work_on_a_pool_and_for_its_failure) {
    Event event;
    Pool pool({.name = "test"});
    test::Gate started, finish;
    int count = 0;
    std::vector<Task<>> tasks;
    tasks.push_back(wait_and_count(&event, &count));
    tasks.push_back(set_after_work(&event, &pool, &started, &finish));
    test::Run<void> run(when_all(std::move(tasks)));
    run.io().poll();
    started.wait();
    EXPECT_EQ(count, 0);
    run.cancel();
    finish.open();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(count, 0);
}

TEST(Event, cancelled_before_the_start_or_while_it_waits_aborts) {
    Event event;
    int count = 0;
    for (const auto time : {0ms, 3ms}) {
        test::Run<void> run(wait_and_count(&event, &count));
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
    event.set();
    EXPECT_EQ(count, 0);
}

TEST(Event, set_in_the_turn_of_the_cancellation_counts) {
    Event event;
    int count = 0;
    test::Run<void> run(wait_and_count(&event, &count));
    test::run_for(run, 2ms);
    run.cancel();
    event.set();
    run.finish(5s);
    EXPECT_FALSE(run.error());
    EXPECT_EQ(count, 1);
}

TEST(Event, that_is_destroyed_aborts_those_who_wait) {
    auto event = std::make_unique<Event>();
    int count = 0;
    test::Run<void> run(wait_and_count(event.get(), &count));
    test::run_for(run, 2ms);
    event.reset();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(count, 0);
}

TEST(Event, forgets_a_waiter_whose_owner_dies) {
    Event event;
    int count = 0;
    {
        test::Run<void> run(wait_and_count(&event, &count));
        test::run_for(run, 2ms);
    }
    event.set();
    EXPECT_EQ(count, 0);
}

TEST(Event, may_be_cancelled_or_destroyed_at_every_await) {
    int count = 0;
    Event event;
    EXPECT_GE(test::cancel_at_every_await([&] { return three_wait_for_one(&event, &count); }).cancelled, 2u);
    EXPECT_GE(test::destroy_at_every_await([&] { return three_wait_for_one(&event, &count); }), 3u);
}

}  // namespace
}  // namespace docmind
