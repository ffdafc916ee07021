#include "async/scope.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An owner of background work, and what became of it.
struct Owner {
    std::vector<std::string> heard;
    int done = 0;
    std::shared_ptr<int> held = std::make_shared<int>(0);
    std::size_t size_after_close = 99;
    std::optional<errc> refused;
    std::optional<Scope> scope;  // last

    void start(const Executor& executor) {
        scope.emplace(executor, [this](std::exception_ptr error) {
            try {
                std::rethrow_exception(std::move(error));
            } catch (const std::exception& e) {
                heard.emplace_back(e.what());
            }
        });
    }
};

Task<> work(Owner* owner, std::shared_ptr<int> /*held*/, std::chrono::milliseconds time) {
    co_await sleep_for(time);
    ++owner->done;
}

Task<> fail(std::string message) {
    co_await yield_now();
    throw Error(errc::backend, message);
}

Task<> spawn_another(Owner* owner) {
    co_await yield_now();
    owner->scope->spawn(work(owner, owner->held, 1ms));
}

Task<> on_pool(Pool* pool, test::Gate* started, std::atomic<bool>* ended) {
    auto call = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        test::keep_thread(20ms);
        *ended = true;
    };
    co_await offload(*pool, Priority::background, std::move(call));
}

Task<> spawn_and_close(Owner* owner, std::vector<Task<>>* tasks, std::chrono::milliseconds drain) {
    const auto executor = co_await boost::asio::this_coro::executor;
    owner->start(executor);
    for (auto& task : *tasks) owner->scope->spawn(std::move(task));
    co_await owner->scope->close(drain);
    owner->size_after_close = owner->scope->size();
    try {
        owner->scope->spawn(work(owner, nullptr, 0ms));
    } catch (const Error& error) {
        owner->refused = error.code();
    }
}

Task<> whole_life(Owner* owner) {
    owner->heard.clear();
    const auto executor = co_await boost::asio::this_coro::executor;
    owner->start(executor);
    for (int i = 0; i < 3; ++i) owner->scope->spawn(work(owner, owner->held, 0ms));
    owner->scope->spawn(spawn_another(owner));
    co_await yield_now();
    co_await owner->scope->close(10s);
}

class ScopeTest : public ::testing::Test {
  protected:
    void close(std::chrono::milliseconds drain) { test::run_task(spawn_and_close(&owner, &tasks, drain)); }

    Pool pool{{.name = "test"}};
    test::Gate started;
    std::atomic<bool> ended = false;
    Owner owner;
    std::vector<Task<>> tasks;
};

TEST_F(ScopeTest, drains_what_runs_when_it_is_closed) {
    for (int i = 0; i < 3; ++i) tasks.push_back(work(&owner, owner.held, 10ms));
    const auto start = std::chrono::steady_clock::now();
    close(10s);
    EXPECT_EQ(owner.done, 3);
    EXPECT_EQ(owner.size_after_close, 0u);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(ScopeTest, cancels_what_outlasts_the_drain_and_waits_for_it) {
    tasks.push_back(work(&owner, owner.held, 10s));
    tasks.push_back(work(&owner, owner.held, 1ms));
    tasks.push_back(on_pool(&pool, &started, &ended));
    const auto start = std::chrono::steady_clock::now();
    close(30ms);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_EQ(owner.done, 1);
    EXPECT_TRUE(ended);
    EXPECT_EQ(owner.size_after_close, 0u);
    EXPECT_EQ(owner.held.use_count(), 1);
    EXPECT_THAT(owner.heard, IsEmpty()) << "a cancelled task is no failure";
}

TEST_F(ScopeTest, refuses_new_tasks_once_it_is_closed) {
    close(1s);
    EXPECT_EQ(owner.refused, errc::overloaded);
}

TEST_F(ScopeTest, tells_what_tasks_died_of_and_lets_the_others_live) {
    tasks.push_back(fail("first"));
    tasks.push_back(work(&owner, owner.held, 5ms));
    tasks.push_back(fail("second"));
    close(10s);
    EXPECT_THAT(owner.heard, ElementsAre("first", "second"));
    EXPECT_EQ(owner.done, 1);
}

TEST_F(ScopeTest, waits_for_tasks_that_tasks_have_started) {
    EXPECT_EQ(owner.done, 0);
    test::run_task(whole_life(&owner));
    EXPECT_EQ(owner.done, 4);
}

TEST_F(ScopeTest, a_task_that_starts_another_while_the_scope_closes_is_told_so) {
    tasks.push_back(spawn_another(&owner));
    close(10s);
    EXPECT_EQ(owner.done, 0);
    ASSERT_EQ(owner.heard.size(), 1u);
}

TEST_F(ScopeTest, a_close_that_is_cancelled_ends_the_drain_and_still_waits_for_all) {
    tasks.push_back(work(&owner, owner.held, 10s));
    tasks.push_back(on_pool(&pool, &started, &ended));
    test::Run<void> run(spawn_and_close(&owner, &tasks, 10s));
    run.io().poll();
    started.wait();
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(ended);
    EXPECT_EQ(owner.held.use_count(), 1);
    EXPECT_EQ(owner.scope->size(), 0u);
}

TEST_F(ScopeTest, cancel_ends_all_without_waiting) {
    boost::asio::io_context io;
    owner.start(io.get_executor());
    owner.scope->spawn(work(&owner, owner.held, 10s));
    io.run_for(2ms);
    owner.scope->cancel();
    EXPECT_EQ(owner.scope->size(), 1u);
    io.run_for(5s);
    EXPECT_EQ(owner.scope->size(), 0u);
    EXPECT_EQ(owner.held.use_count(), 1);
    EXPECT_THROW(owner.scope->spawn(work(&owner, nullptr, 0ms)), Error);
}

TEST_F(ScopeTest, that_is_destroyed_cancels_its_tasks_and_hears_nothing_more) {
    boost::asio::io_context io;
    owner.start(io.get_executor());
    owner.scope->spawn(work(&owner, owner.held, 10s));
    owner.scope->spawn(fail("nobody hears this"));
    owner.scope.reset();
    io.run_for(5s);
    EXPECT_EQ(owner.done, 0);
    EXPECT_EQ(owner.held.use_count(), 1);
    EXPECT_THAT(owner.heard, IsEmpty());
}

TEST_F(ScopeTest, survives_its_io_context) {
    {
        boost::asio::io_context io;
        owner.start(io.get_executor());
        owner.scope->spawn(work(&owner, owner.held, 10s));
        owner.scope->spawn(on_pool(&pool, &started, &ended));
        io.run_for(2ms);
        started.wait();
    }
    EXPECT_TRUE(ended);
    EXPECT_EQ(owner.scope->size(), 0u);
    EXPECT_EQ(owner.held.use_count(), 1);
}

TEST_F(ScopeTest, may_be_closed_without_anyone_to_hear_failures) {
    boost::asio::io_context io;
    Scope scope(io.get_executor());
    scope.spawn(fail("ignored"));
    io.run_for(1s);
    EXPECT_EQ(scope.size(), 0u);
}

TEST_F(ScopeTest, may_be_destroyed_at_every_await_of_its_life) {
    const auto nothing_left = [&] {
        owner.scope.reset();
        EXPECT_EQ(owner.held.use_count(), 1);
    };
    EXPECT_GE(test::destroy_at_every_await([&] { return whole_life(&owner); }, nothing_left), 5u);
}

Task<> wait_with_a_limit() {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, 10s);
    co_await timer.async_wait(boost::asio::cancel_after(20s, boost::asio::use_awaitable));
}

Task<> owner_in_a_frame() {
    const auto executor = co_await boost::asio::this_coro::executor;
    Scope scope(executor);
    for (int i = 0; i < 3; ++i) {
        scope.spawn(wait_with_a_limit());
        co_await yield_now();
    }
    co_await scope.close(0s);
}

TEST_F(ScopeTest, in_a_frame_may_die_with_its_loop_while_its_tasks_wait_with_a_limit) {
    EXPECT_GE(test::destroy_at_every_await(owner_in_a_frame), 5u);
}

}  // namespace
}  // namespace docmind
