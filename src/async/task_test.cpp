#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_support.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <string>

namespace docmind {
namespace {

Task<int> count_to(int n, int* counter) {
    for (int i = 0; i < n; ++i) {
        co_await yield_now();
        ++*counter;
    }
    co_return n;
}

Task<std::unique_ptr<int>> boxed(int value) {
    co_await yield_now();
    co_return std::make_unique<int>(value);
}

Task<> fail(std::string message) {
    co_await yield_now();
    throw Error(errc::backend, message);
}

Task<> hold(std::shared_ptr<int> held) {
    co_await yield_now();
    co_await yield_now();
    ++*held;
}

Task<> swallow_cancellation() {
    try {
        co_await sleep_for(std::chrono::milliseconds(1));
    } catch (const boost::system::system_error&) {
        throw Error(errc::backend, "the connection broke");
    }
}

Task<> leave_work_behind() {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<boost::asio::steady_timer>(executor, std::chrono::hours(1));
    timer->async_wait([timer](boost::system::error_code) {});
}

Task<> wait_for_what_never_comes(Event* event) {
    co_await event->wait();
}

TEST(Task, gives_its_value_and_move_only_values) {
    int counter = 0;
    EXPECT_EQ(test::run_task(count_to(3, &counter)), 3);
    EXPECT_EQ(counter, 3);
    EXPECT_EQ(*test::run_task(boxed(7)), 7);
}

TEST(Task, gives_its_exception_to_the_awaiter) {
    try {
        test::run_task(fail("no answer"));
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::backend);
        EXPECT_STREQ(error.what(), "no answer");
    }
}

TEST(Task, that_is_never_awaited_never_runs_and_frees_its_parameters) {
    const auto held = std::make_shared<int>(0);
    {
        const Task<> task = hold(held);
    }
    EXPECT_EQ(*held, 0);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, cancelled_before_its_start_does_nothing) {
    int counter = 0;
    test::Run<int> run(count_to(3, &counter));
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(counter, 0);
}

TEST(Task, cancelled_in_the_middle_goes_no_further) {
    int counter = 0;
    test::Run<int> run(count_to(1000, &counter));
    while (counter < 10) run.step(1);
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_LE(counter, 11);
}

TEST(Task, only_operation_aborted_is_a_cancellation) {
    EXPECT_FALSE(is_cancelled(nullptr));
    EXPECT_FALSE(is_cancelled(std::make_exception_ptr(Error(errc::timeout, ""))));
    EXPECT_FALSE(is_cancelled(std::make_exception_ptr(boost::system::system_error(boost::asio::error::eof))));
    EXPECT_FALSE(is_cancelled(std::make_exception_ptr(42)));
    EXPECT_TRUE(is_cancelled(std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted))));
}

TEST(CancelAtEveryAwait, visits_every_await_and_ends_with_a_run_that_is_left_alone) {
    int counter = 0;
    const auto sweep = test::cancel_at_every_await([&] { return count_to(5, &counter); });
    EXPECT_GE(sweep.cancelled, 5u);
    EXPECT_GE(sweep.completed, 1u);
    EXPECT_EQ(sweep.points, sweep.cancelled + sweep.completed);
}

TEST(CancelAtEveryAwait, leaves_nothing_of_the_frames) {
    const auto held = std::make_shared<int>(0);
    test::cancel_at_every_await([&] { return hold(held); }, [&] { EXPECT_EQ(held.use_count(), 1); });
    test::destroy_at_every_await([&] { return hold(held); }, [&] { EXPECT_EQ(held.use_count(), 1); });
}

TEST(CancelAtEveryAwait, finds_a_task_that_turns_its_cancellation_into_an_error) {
    EXPECT_THROW(test::cancel_at_every_await(swallow_cancellation), std::logic_error);
}

TEST(CancelAtEveryAwait, finds_work_that_a_task_leaves_behind) {
    test::Run<void> run(leave_work_behind());
    EXPECT_THROW(run.finish(std::chrono::milliseconds(50)), std::logic_error);
}

TEST(CancelAtEveryAwait, finds_a_task_that_nobody_will_resume) {
    Event event;
    test::Run<void> run(wait_for_what_never_comes(&event));
    EXPECT_THROW(run.finish(std::chrono::milliseconds(50)), std::logic_error);
}

}  // namespace
}  // namespace docmind
