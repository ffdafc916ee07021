#include "async/limiter.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Task<> hold(Limiter* limiter, Priority priority, int number, std::vector<int>* order) {
    const Permit permit = co_await limiter->acquire(priority);
    order->push_back(number);
    co_await yield_now();
}

Task<> hold_until(Limiter* limiter, Event* acquired, Event* release) {
    const Permit permit = co_await limiter->acquire();
    acquired->set();
    co_await release->wait();
}

Task<> fail_with_a_permit(Limiter* limiter) {
    const Permit permit = co_await limiter->acquire();
    co_await yield_now();
    throw Error(errc::backend, "on purpose");
}

Task<> hold_on_pool(Limiter* limiter, Pool* pool, test::Gate* started) {
    const Permit permit = co_await limiter->acquire();
    auto work = [started](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
    };
    co_await offload(*pool, Priority::interactive, std::move(work));
}

Task<> queue_up(Limiter* limiter, std::vector<int>* order) {
    const Permit permit = co_await limiter->acquire();
    std::vector<Task<>> tasks;
    for (const int number : {11, 12}) tasks.push_back(hold(limiter, Priority::background, number, order));
    for (const int number : {1, 2}) tasks.push_back(hold(limiter, Priority::interactive, number, order));
    co_await when_all(std::move(tasks));
}

Task<> let_in(Limiter* limiter, std::vector<int>* order) {
    Permit first = co_await limiter->acquire();
    std::vector<Task<>> waiting;
    for (const int number : {11, 12}) waiting.push_back(hold(limiter, Priority::background, number, order));
    for (const int number : {1, 2}) waiting.push_back(hold(limiter, Priority::interactive, number, order));
    auto release = [](Permit permit) -> Task<> {
        co_await sleep_for(2ms);
        permit.release();
    };
    waiting.push_back(release(std::move(first)));
    co_await when_all(std::move(waiting));
}

Task<> acquire_forever(Limiter* limiter) {
    const Permit permit = co_await limiter->acquire();
    co_await sleep_for(1h);
}

TEST(Limiter, lets_in_as_many_as_it_has_permits) {
    Limiter limiter({.permits = 2});
    Permit first = limiter.try_acquire();
    Permit second = limiter.try_acquire();
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(limiter.try_acquire());
    EXPECT_EQ(limiter.in_use(), 2u);
    first.release();
    EXPECT_FALSE(first);
    first.release();
    EXPECT_EQ(limiter.in_use(), 1u);
    EXPECT_TRUE(limiter.try_acquire());
}

TEST(Limiter, gives_a_permit_back_with_its_owner_and_once) {
    Limiter limiter({.permits = 2});
    {
        Permit permit = limiter.try_acquire();
        const Permit moved = std::move(permit);
        EXPECT_FALSE(permit);  // NOLINT: moved from on purpose
        EXPECT_EQ(limiter.in_use(), 1u);
    }
    EXPECT_EQ(limiter.in_use(), 0u);
    Permit permit = limiter.try_acquire();
    permit = limiter.try_acquire();
    EXPECT_EQ(limiter.in_use(), 1u);
    Permit& itself = permit;
    permit = std::move(itself);
    EXPECT_EQ(limiter.in_use(), 1u);
}

TEST(Limiter, lets_interactive_callers_in_before_background_ones_and_each_kind_in_order) {
    Limiter limiter({.permits = 1});
    std::vector<int> order;
    test::run_task(let_in(&limiter, &order));
    EXPECT_THAT(order, ElementsAre(1, 2, 11, 12));
    EXPECT_EQ(limiter.in_use(), 0u);
}

TEST(Limiter, refuses_at_once_when_too_many_wait) {
    Limiter limiter({.permits = 1, .max_waiting = 3});
    std::vector<int> order;
    try {
        test::run_task(queue_up(&limiter, &order), 5s);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::overloaded);
    }
    EXPECT_EQ(limiter.in_use(), 0u);
    EXPECT_EQ(limiter.waiting(), 0u);
    Limiter impatient({.permits = 1, .max_waiting = 0});
    const Permit permit = impatient.try_acquire();
    EXPECT_THROW(test::run_task(hold(&impatient, Priority::interactive, 1, &order)), Error);
}

TEST(Limiter, gets_its_permit_back_from_a_task_that_fails) {
    Limiter limiter({.permits = 1});
    EXPECT_THROW(test::run_task(fail_with_a_permit(&limiter)), Error);
    EXPECT_EQ(limiter.in_use(), 0u);
}

TEST(Limiter, cancelled_before_the_start_takes_nothing) {
    Limiter limiter({.permits = 1});
    test::Run<void> run(acquire_forever(&limiter));
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(limiter.in_use(), 0u);
}

TEST(Limiter, forgets_a_caller_that_is_cancelled_while_it_waits) {
    Limiter limiter({.permits = 1});
    Permit permit = limiter.try_acquire();
    test::Run<void> run(acquire_forever(&limiter));
    test::run_for(run, 2ms);
    EXPECT_EQ(limiter.waiting(), 1u);
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(limiter.waiting(), 0u);
    permit.release();
    EXPECT_EQ(limiter.in_use(), 0u);
}

TEST(Limiter, keeps_the_permit_of_a_call_on_a_pool_until_that_has_ended) {
    Limiter limiter({.permits = 1});
    Pool pool({.name = "test"});
    test::Gate started;
    test::Run<void> run(hold_on_pool(&limiter, &pool, &started));
    run.io().poll();
    started.wait();
    EXPECT_EQ(limiter.in_use(), 1u);
    run.cancel();
    EXPECT_EQ(limiter.in_use(), 1u);
    run.finish(5s);
    EXPECT_EQ(limiter.in_use(), 0u);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST(Limiter, a_permit_granted_in_the_turn_of_the_cancellation_comes_back) {
    Limiter limiter({.permits = 1});
    for (const bool cancel_first : {true, false}) {
        Permit permit = limiter.try_acquire();
        test::Run<void> run(acquire_forever(&limiter));
        test::run_for(run, 2ms);
        if (cancel_first) run.cancel();
        permit.release();
        if (!cancel_first) run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
        EXPECT_EQ(limiter.in_use(), 0u);
    }
}

TEST(Limiter, gets_every_permit_back_whenever_a_task_is_cancelled_or_dies) {
    Limiter limiter({.permits = 1});
    std::vector<int> order;
    const auto nothing_left = [&] {
        EXPECT_EQ(limiter.in_use(), 0u);
        EXPECT_EQ(limiter.waiting(), 0u);
    };
    EXPECT_GE(test::cancel_at_every_await([&] { return let_in(&limiter, &order); }, nothing_left).cancelled, 3u);
    EXPECT_GE(test::destroy_at_every_await([&] { return let_in(&limiter, &order); }, nothing_left), 4u);
}

TEST(Limiter, that_is_destroyed_aborts_those_who_wait_and_leaves_permits_valid) {
    auto limiter = std::make_unique<Limiter>(Limiter::Params{.permits = 1});
    Permit permit = limiter->try_acquire();
    test::Run<void> run(acquire_forever(limiter.get()));
    test::run_for(run, 2ms);
    limiter.reset();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    permit.release();
}

TEST(Limiter, hands_the_permit_of_an_owner_that_dies_to_the_next) {
    Limiter limiter({.permits = 1});
    std::optional<test::Run<void>> first(std::in_place, acquire_forever(&limiter));
    test::run_for(*first, 2ms);
    Event acquired, release;
    test::Run<void> second(hold_until(&limiter, &acquired, &release));
    test::run_for(second, 2ms);
    EXPECT_FALSE(acquired.is_set());
    first.reset();
    test::run_until(second, [&] { return acquired.is_set(); });
    release.set();
    second.finish();
    EXPECT_EQ(limiter.in_use(), 0u);
}

TEST(Limiter, refuses_to_be_made_without_permits) {
    EXPECT_THROW(Limiter({.permits = 0}), Error);
}

}  // namespace
}  // namespace docmind
