// What becomes of values when senders, receivers or the channel go away.

#include "async/channel.hpp"

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

using Numbers = Channel<int>;
using Boxes = Channel<std::unique_ptr<int>>;

Task<> consume(Numbers* channel, std::vector<int>* received) {
    for (;;) {
        const std::optional<int> value = co_await channel->receive();
        if (!value) co_return;
        received->push_back(*value);
        co_await yield_now();
    }
}

Task<> receive_one(Numbers* channel, std::optional<int>* received) {
    *received = co_await channel->receive();
}

Task<> send_one(Numbers* channel, int value, std::size_t bytes, std::optional<bool>* sent) {
    *sent = co_await channel->send(value, bytes);
}

Task<int> pass_boxes(std::shared_ptr<int> held) {
    Boxes channel({.max_items = 1});
    auto send = [](Boxes* boxes, std::shared_ptr<int> /*held*/) -> Task<> {
        for (int i = 1; i <= 4; ++i) {
            auto box = std::make_unique<int>(i);
            co_await boxes->send(std::move(box));
        }
        boxes->close();
    };
    auto sum = [](Boxes* boxes, std::shared_ptr<int> /*held*/) -> Task<int> {
        int total = 0;
        for (;;) {
            auto box = co_await boxes->receive();
            if (!box) co_return total;
            total += **box;
        }
    };
    const auto [nothing, total] = co_await when_all(send(&channel, held), sum(&channel, held));
    (void)nothing;
    co_return total;
}

Task<> receive_then_compute(Numbers* channel, Pool* pool, test::Gate* started, int* computed) {
    const std::optional<int> value = co_await channel->receive();
    auto work = [=](std::stop_token stop) {
        started->open();
        test::until_stopped(stop);
        return *value;
    };
    *computed = co_await offload(*pool, Priority::interactive, std::move(work));
}

TEST(Channel, keeps_the_value_that_a_cancelled_receiver_did_not_take) {
    Numbers channel({});
    std::optional<int> value;
    for (const auto time : {0ms, 2ms}) {
        test::Run<void> run(receive_one(&channel, &value));
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
    ASSERT_TRUE(channel.try_send(7));
    test::run_task(receive_one(&channel, &value));
    EXPECT_EQ(value, 7);
}

TEST(Channel, delivers_a_value_that_comes_in_the_turn_of_the_cancellation) {
    Numbers channel({});
    std::optional<int> value;
    test::Run<void> run(receive_one(&channel, &value));
    test::run_for(run, 2ms);
    run.cancel();
    ASSERT_TRUE(channel.try_send(7));
    run.finish(5s);
    EXPECT_EQ(value, 7);
}

TEST(Channel, drops_the_value_of_a_sender_that_is_cancelled_while_it_waits) {
    Numbers channel({.max_items = 1});
    ASSERT_TRUE(channel.try_send(1));
    std::optional<bool> sent;
    test::Run<void> run(send_one(&channel, 2, 0, &sent));
    test::run_for(run, 2ms);
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_FALSE(sent);
    channel.close();
    std::vector<int> rest;
    test::run_task(consume(&channel, &rest));
    EXPECT_THAT(rest, ElementsAre(1));
}

TEST(Channel, has_given_its_value_to_a_receiver_that_is_cancelled_in_its_work_on_a_pool) {
    Numbers channel({});
    Pool pool({.name = "test"});
    test::Gate started;
    int computed = 0;
    ASSERT_TRUE(channel.try_send(7));
    test::Run<void> run(receive_then_compute(&channel, &pool, &started, &computed));
    run.io().poll();
    started.wait();
    run.cancel();
    run.finish(5s);
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_EQ(channel.size(), 0u);
    EXPECT_EQ(computed, 0);
}

TEST(Channel, that_is_destroyed_aborts_those_who_wait) {
    auto channel = std::make_unique<Numbers>(Numbers::Params{.max_items = 1});
    std::optional<int> value;
    test::Run<void> receiver(receive_one(channel.get(), &value));
    test::run_for(receiver, 2ms);
    channel.reset();
    receiver.finish(5s);
    EXPECT_TRUE(is_cancelled(receiver.error()));
    channel = std::make_unique<Numbers>(Numbers::Params{.max_items = 1});
    ASSERT_TRUE(channel->try_send(1));
    std::optional<bool> sent;
    test::Run<void> sender(send_one(channel.get(), 2, 0, &sent));
    test::run_for(sender, 2ms);
    channel.reset();
    sender.finish(5s);
    EXPECT_TRUE(is_cancelled(sender.error()));
}

TEST(Channel, forgets_those_whose_owner_dies) {
    Numbers channel({.max_items = 1});
    std::optional<int> value;
    {
        test::Run<void> run(receive_one(&channel, &value));
        test::run_for(run, 2ms);
    }
    ASSERT_TRUE(channel.try_send(1));
    std::optional<bool> sent;
    {
        test::Run<void> run(send_one(&channel, 2, 0, &sent));
        test::run_for(run, 2ms);
    }
    channel.close();
    std::vector<int> rest;
    test::run_task(consume(&channel, &rest));
    EXPECT_THAT(rest, ElementsAre(1));
}

TEST(Channel, may_be_cancelled_or_destroyed_at_every_await) {
    EXPECT_EQ(test::run_task(pass_boxes(std::make_shared<int>(0))), 10);
    const auto held = std::make_shared<int>(0);
    const auto nothing_left = [&] { EXPECT_EQ(held.use_count(), 1); };
    EXPECT_GE(test::cancel_at_every_await([&] { return pass_boxes(held); }, nothing_left).cancelled, 2u);
    EXPECT_GE(test::destroy_at_every_await([&] { return pass_boxes(held); }, nothing_left), 5u);
}

}  // namespace
}  // namespace docmind
