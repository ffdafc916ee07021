// The permit leak hunt: thousands of tasks that take permits, wait, work on a pool, fail, time out, are cancelled at random moments or die
// with their io_context. In the end every permit must be back.

#include "async/deadline.hpp"
#include "async/limiter.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr std::size_t permits = 4;

enum class Work { yields, sleeps, computes, fails, gives_back_early };

struct Plan {
    Priority priority = Priority::interactive;
    Work work = Work::yields;
    int yields = 0;
    std::optional<std::chrono::microseconds> deadline;
    int cancel_after_turns = -1;  ///< -1: never
};

struct Counts {
    int completed = 0, cancelled = 0, refused = 0, timed_out = 0, failed = 0;
    std::size_t most_in_use = 0;
    [[nodiscard]] int all() const { return completed + cancelled + refused + timed_out + failed; }
};

Task<> use_permit(Limiter* limiter, Pool* pool, Plan plan, Counts* counts) {
    Permit permit = co_await limiter->acquire(plan.priority);
    counts->most_in_use = std::max(counts->most_in_use, limiter->in_use());
    if (plan.work == Work::gives_back_early) permit.release();
    for (int i = 0; i < plan.yields; ++i) co_await yield_now();
    if (plan.work == Work::sleeps) co_await sleep_for(50us);
    if (plan.work == Work::fails) throw Error(errc::backend, "on purpose");
    if (plan.work == Work::computes) {
        const int answer = co_await offload(*pool, plan.priority, [](std::stop_token stop) { return stop.stop_requested() ? 0 : 1; });
        if (answer < 0) throw Error(errc::internal, "impossible");
    }
}

Task<> run_plan(Limiter* limiter, Pool* pool, Plan plan, Counts* counts) {
    auto use = use_permit(limiter, pool, plan, counts);
    if (!plan.deadline) {
        co_await std::move(use);
    } else {
        co_await with_deadline(std::move(use), *plan.deadline);
    }
}

void count(Counts& counts, const std::exception_ptr& error) {
    if (!error) {
        ++counts.completed;
        return;
    }
    if (is_cancelled(error)) {
        ++counts.cancelled;
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const Error& e) {
        ++(e.code() == errc::overloaded ? counts.refused : e.code() == errc::timeout ? counts.timed_out : counts.failed);
    }
}

Plan random_plan(std::mt19937& random) {
    Plan plan;
    plan.priority = random() % 2 ? Priority::interactive : Priority::background;
    plan.work = static_cast<Work>(random() % 5);
    plan.yields = static_cast<int>(random() % 4);
    if (random() % 4 == 0) plan.deadline = std::chrono::microseconds(random() % 300);
    if (random() % 3 == 0) plan.cancel_after_turns = static_cast<int>(random() % 40);
    return plan;
}

/// Runs `tasks` plans, at most `at_once` under way. Where `dies`, the io_context is destroyed with all that is still in it.
Counts race(Limiter& limiter, Pool& pool, std::mt19937& random, int tasks, std::size_t at_once, bool dies) {
    struct Running {
        asio::cancellation_signal signal;
        int turns_left = -1;
        bool ended = false;
    };
    Counts counts;
    std::deque<Running> running;  // a place never moves, and outlives the io_context
    asio::io_context io(1);
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    int started = 0;
    std::size_t alive = 0;
    while ((started < tasks || (alive > 0 && !dies)) && std::chrono::steady_clock::now() < deadline) {
        while (started < tasks && alive < at_once) {
            const Plan plan = random_plan(random);
            Running& place = running.emplace_back();
            place.turns_left = plan.cancel_after_turns;
            ++started;
            ++alive;
            asio::co_spawn(io, run_plan(&limiter, &pool, plan, &counts),
                           asio::bind_cancellation_slot(place.signal.slot(), [&counts, &place, &alive](const std::exception_ptr& error) {
                               count(counts, error);
                               place.ended = true;
                               --alive;
                           }));
        }
        io.restart();
        io.run_one_for(1ms);
        io.poll_one();
        while (!running.empty() && running.front().ended) running.pop_front();
        for (Running& place : running) {
            if (!place.ended && place.turns_left >= 0 && place.turns_left-- == 0) place.signal.emit(asio::cancellation_type::all);
        }
    }
    return counts;
}

TEST(LimiterRace, no_permit_is_lost_in_ten_thousand_random_cancellations_and_completions) {
    Limiter limiter({.permits = permits, .max_waiting = 24});
    Pool pool({.name = "race", .threads = 2});
    std::mt19937 random(42);
    const Counts counts = race(limiter, pool, random, 10'000, 32, false);
    EXPECT_EQ(counts.all(), 10'000);
    EXPECT_EQ(limiter.in_use(), 0u);
    EXPECT_EQ(limiter.waiting(), 0u);
    EXPECT_EQ(counts.most_in_use, permits);
    // The hunt is worth something only if every kind of end was there.
    EXPECT_GT(counts.completed, 1000);
    EXPECT_GT(counts.cancelled, 1000);
    EXPECT_GT(counts.failed, 500);
    EXPECT_GT(counts.timed_out, 100);
    EXPECT_GT(counts.refused, 0);
    int free = 0;
    std::vector<Permit> all;
    for (Permit permit = limiter.try_acquire(); permit; permit = limiter.try_acquire()) {
        all.push_back(std::move(permit));
        ++free;
    }
    EXPECT_EQ(free, static_cast<int>(permits));
}

TEST(LimiterRace, no_permit_is_lost_when_an_io_context_dies_with_tasks_in_every_state) {
    Limiter limiter({.permits = permits, .max_waiting = 64});
    Pool pool({.name = "race", .threads = 2});
    std::mt19937 random(43);
    for (int i = 0; i < 100; ++i) {
        const Counts counts = race(limiter, pool, random, 40, 20, true);
        ASSERT_LT(counts.all(), 41);
        ASSERT_EQ(limiter.in_use(), 0u) << "round " << i;
        ASSERT_EQ(limiter.waiting(), 0u) << "round " << i;
    }
}

}  // namespace
}  // namespace docmind
