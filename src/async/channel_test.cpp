#include "async/channel.hpp"

#include "async/deadline.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

using Numbers = Channel<int>;
using Boxes = Channel<std::unique_ptr<int>>;

Task<> produce(Numbers* channel, int first, int count, int* sent) {
    for (int i = first; i < first + count; ++i) {
        const bool taken = co_await channel->send(i, 1);
        if (!taken) co_return;
        ++*sent;
    }
}

Task<> produce_and_close(Numbers* channel, int count, int* sent) {
    co_await produce(channel, 0, count, sent);
    channel->close();
}

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

TEST(Channel, passes_values_on_in_their_order_and_ends_when_it_is_closed) {
    Numbers channel({.max_items = 3});
    int sent = 0;
    std::vector<int> received, expected(50);
    std::iota(expected.begin(), expected.end(), 0);
    test::run_task(when_all(produce_and_close(&channel, 50, &sent), consume(&channel, &received)));
    EXPECT_EQ(received, expected);
    EXPECT_EQ(sent, 50);
    EXPECT_EQ(channel.bytes(), 0u);
}

TEST(Channel, lets_a_producer_go_no_further_than_its_room) {
    Numbers channel({.max_items = 3});
    int sent = 0;
    test::Run<void> run(produce(&channel, 0, 10, &sent));
    test::run_for(run, 5ms);
    EXPECT_EQ(sent, 3);
    EXPECT_EQ(channel.size(), 3u);
    std::optional<int> first;
    test::run_task(receive_one(&channel, &first));
    EXPECT_EQ(first, 0);
    test::run_for(run, 5ms);
    EXPECT_EQ(sent, 4);
}

TEST(Channel, counts_bytes_as_well_and_lets_one_that_is_too_large_pass_alone) {
    Numbers channel({.max_items = 10, .max_bytes = 100});
    EXPECT_TRUE(channel.try_send(1, 60));
    EXPECT_FALSE(channel.try_send(2, 60));
    EXPECT_TRUE(channel.try_send(3, 40));
    EXPECT_EQ(channel.bytes(), 100u);
    std::optional<int> value;
    test::run_task(receive_one(&channel, &value));
    test::run_task(receive_one(&channel, &value));
    EXPECT_EQ(channel.bytes(), 0u);
    EXPECT_TRUE(channel.try_send(4, 1000));
    EXPECT_FALSE(channel.try_send(5, 0));
    test::run_task(receive_one(&channel, &value));
    EXPECT_EQ(value, 4);
    EXPECT_EQ(channel.bytes(), 0u);
}

TEST(Channel, leaves_a_value_that_try_send_refuses_with_its_owner) {
    Boxes channel({.max_items = 1});
    EXPECT_TRUE(channel.try_send(std::make_unique<int>(1)));
    auto box = std::make_unique<int>(2);
    EXPECT_FALSE(channel.try_send(std::move(box)));
    ASSERT_TRUE(box);  // NOLINT: what is refused is not moved from
    EXPECT_EQ(*box, 2);
}

TEST(Channel, serves_senders_in_their_order_and_lets_nobody_overtake) {
    Numbers channel({.max_items = 10, .max_bytes = 10});
    ASSERT_TRUE(channel.try_send(0, 8));
    std::optional<bool> large, small;
    test::Run<void> first(send_one(&channel, 1, 9, &large));
    test::run_for(first, 1ms);
    test::Run<void> second(send_one(&channel, 2, 1, &small));
    test::run_for(second, 1ms);
    EXPECT_FALSE(small);
    EXPECT_FALSE(channel.try_send(3, 1));
    std::optional<int> value;
    test::run_task(receive_one(&channel, &value));
    first.finish();
    second.finish();
    EXPECT_TRUE(large && *large && small && *small);
    std::vector<int> order;
    channel.close();
    test::run_task(consume(&channel, &order));
    EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(Channel, that_is_closed_takes_nothing_and_gives_what_it_has) {
    Numbers channel({.max_items = 1});
    ASSERT_TRUE(channel.try_send(1));
    std::optional<bool> waiting, late;
    test::Run<void> run(send_one(&channel, 2, 0, &waiting));
    test::run_for(run, 2ms);
    channel.close();
    channel.close();
    run.finish();
    EXPECT_EQ(waiting, false);
    test::run_task(send_one(&channel, 3, 0, &late));
    EXPECT_EQ(late, false);
    EXPECT_FALSE(channel.try_send(4));
    std::vector<int> rest;
    test::run_task(consume(&channel, &rest));
    EXPECT_THAT(rest, ElementsAre(1));
}

TEST(Channel, wakes_receivers_that_wait_when_it_is_closed) {
    Numbers channel({});
    std::optional<int> value = 1;
    test::Run<void> run(receive_one(&channel, &value));
    test::run_for(run, 2ms);
    channel.close();
    run.finish(5s);
    EXPECT_FALSE(run.error());
    EXPECT_FALSE(value);
}

TEST(Channel, loses_and_doubles_nothing_among_many_senders_and_receivers) {
    Numbers channel({.max_items = 4, .max_bytes = 6});
    int sent = 0;
    std::vector<int> received, expected(300);
    std::iota(expected.begin(), expected.end(), 0);
    std::vector<Task<>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(produce(&channel, i * 100, 100, &sent));
    for (int i = 0; i < 2; ++i) tasks.push_back(consume(&channel, &received));
    test::Run<void> run(when_all(std::move(tasks)));
    test::run_until(run, [&] { return received.size() == 300; });
    channel.close();
    run.finish(5s);
    std::ranges::sort(received);
    EXPECT_EQ(received, expected);
}

TEST(Channel, refuses_to_be_made_without_room) {
    EXPECT_THROW(Numbers({.max_items = 0}), Error);
}

}  // namespace
}  // namespace docmind
