#include "storage/engine/right_of_way.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;

TEST(RightOfWayTest, a_change_waits_until_the_searches_have_ended) {
    std::binary_semaphore about_to_wait(0);
    RightOfWay right_of_way({.slice = 1us, .longest_wait = 1h, .is_urgent = [&] {
                                 about_to_wait.release();
                                 return false;
                             }});
    std::optional<RightOfWay::Search> first(right_of_way), second(right_of_way);
    std::mutex mutex;
    std::vector<std::string> order;
    const auto note = [&](const std::string& what) {
        const std::lock_guard lock(mutex);
        order.push_back(what);
    };
    std::jthread change([&] {
        right_of_way.give_way();
        note("changed");
    });
    about_to_wait.acquire();
    note("first search ended");
    first.reset();
    note("second search ended");
    second.reset();
    change.join();
    EXPECT_EQ(order, (std::vector<std::string>{"first search ended", "second search ended", "changed"}));
}

TEST(RightOfWayTest, a_change_does_not_wait_for_ever) {
    RightOfWay right_of_way({.slice = 1us, .longest_wait = 1ms, .is_urgent = nullptr});
    const RightOfWay::Search search(right_of_way);
    right_of_way.give_way();
}

TEST(RightOfWayTest, a_change_that_somebody_waits_for_does_not_wait) {
    RightOfWay right_of_way({.slice = 1us, .longest_wait = 1h, .is_urgent = [] { return true; }});
    const RightOfWay::Search search(right_of_way);
    right_of_way.give_way();
}

TEST(RightOfWayTest, a_change_works_for_a_slice_between_two_waits) {
    int asked = 0;
    RightOfWay right_of_way({.slice = 1h, .longest_wait = 1ms, .is_urgent = [&] {
                                 ++asked;
                                 return false;
                             }});
    const RightOfWay::Search search(right_of_way);
    for (int i = 0; i < 100; ++i) right_of_way.give_way();
    EXPECT_LE(asked, 1);
}

TEST(RightOfWayTest, a_change_with_no_search_under_way_does_not_wait) {
    RightOfWay right_of_way({.slice = 1us, .longest_wait = 1h, .is_urgent = nullptr});
    right_of_way.give_way();
}

TEST(RightOfWayTest, no_slice_is_refused) {
    EXPECT_THROW(RightOfWay({.slice = 0us, .longest_wait = 1ms, .is_urgent = nullptr}), Error);
}

}  // namespace
}  // namespace docmind
