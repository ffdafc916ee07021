#include "async/inbox.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_gate.hpp"

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

namespace docmind {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(Inbox, runs_what_other_threads_post_on_the_io_thread_in_their_order) {
    asio::io_context io(1);
    const auto work = asio::make_work_guard(io);
    const Inbox inbox(io.get_executor());
    std::vector<int> order;
    std::thread::id ran_on;
    std::jthread poster([&] {
        for (int i = 0; i < 100; ++i) {
            inbox.post([&, i] {
                order.push_back(i);
                ran_on = std::this_thread::get_id();
                if (i == 99) io.stop();
            });
        }
    });
    io.run_for(10s);
    EXPECT_EQ(order.size(), 100u);
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Inbox, drops_what_comes_after_its_io_context) {
    const auto held = std::make_shared<int>(0);
    std::optional<Inbox> inbox;
    {
        asio::io_context io(1);
        inbox.emplace(io.get_executor());
        inbox->post([held] { ++*held; });
    }
    inbox->post([held] { ++*held; });
    EXPECT_EQ(*held, 0);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Inbox, may_be_posted_to_while_its_io_context_dies) {
    for (int i = 0; i < 60; ++i) {
        auto io = std::make_unique<asio::io_context>(1);
        const Inbox inbox(io->get_executor());
        std::atomic<bool> posting = false;
        std::jthread poster([&, inbox](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                inbox.post([] {});
                posting = true;
            }
        });
        while (!posting) std::this_thread::yield();
        io.reset();
    }
}

}  // namespace
}  // namespace docmind
