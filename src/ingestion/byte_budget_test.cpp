#include "ingestion/byte_budget.hpp"

#include <gtest/gtest.h>
#include <docmind/error.hpp>

#include <vector>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

Task<> hold(ByteBudget* budget, std::uint64_t bytes, std::uint64_t* most, std::vector<std::uint64_t>* order) {
    const ByteBudget::Share share = co_await budget->acquire(bytes);
    order->push_back(bytes);
    *most = std::max(*most, budget->in_use());
    co_await sleep_for(std::chrono::milliseconds(2));
}

TEST(ByteBudget, IsNeverPassedAndServesInOrder) {
    ByteBudget budget(100);
    std::uint64_t most = 0;
    std::vector<std::uint64_t> order;
    std::vector<Task<>> all;
    for (const std::uint64_t bytes : {60, 50, 10, 90, 5}) all.push_back(hold(&budget, bytes, &most, &order));
    test::run_task(when_all(std::move(all)));
    EXPECT_LE(most, 100u);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{60, 50, 10, 90, 5}));
    EXPECT_EQ(budget.in_use(), 0u);
}

TEST(ByteBudget, WhatIsLargerThanAllOfItGoesAlone) {
    ByteBudget budget(100);
    std::uint64_t most = 0;
    std::vector<std::uint64_t> order;
    std::vector<Task<>> all;
    for (const std::uint64_t bytes : {1, 1000, 1}) all.push_back(hold(&budget, bytes, &most, &order));
    test::run_task(when_all(std::move(all)));
    EXPECT_EQ(most, 1000u);
    EXPECT_EQ(budget.in_use(), 0u);
}

TEST(ByteBudget, AShareThatShrinksLetsTheNextIn) {
    test::run_task([]() -> Task<> {
        ByteBudget budget(100);
        ByteBudget::Share first = co_await budget.acquire(90);
        first.resize(200);
        EXPECT_EQ(budget.in_use(), 200u);
        first.resize(10);
        const ByteBudget::Share second = co_await with_deadline(budget.acquire(90), std::chrono::seconds(1));
        EXPECT_EQ(budget.in_use(), 100u);
    }());
}

TEST(ByteBudget, WhoIsCancelledLeavesHisPlace) {
    test::run_task([]() -> Task<> {
        ByteBudget budget(100);
        ByteBudget::Share first = co_await budget.acquire(60);
        bool timed_out = false;
        try {
            co_await with_deadline(budget.acquire(100), std::chrono::milliseconds(5));
        } catch (const Error&) {
            timed_out = true;
        }
        EXPECT_TRUE(timed_out);
        const ByteBudget::Share second = co_await with_deadline(budget.acquire(40), std::chrono::seconds(1));
        EXPECT_EQ(budget.in_use(), 100u);
    }());
}

}  // namespace
}  // namespace docmind
