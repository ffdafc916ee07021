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
    RightOfWay searches;
    RightOfWay::Work work(searches, {.slice = 1us, .longest_wait = 1h, .is_urgent = [&] {
                                         about_to_wait.release();
                                         return false;
                                     }});
    std::optional<RightOfWay::Search> first(searches), second(searches);
    std::mutex mutex;
    std::vector<std::string> order;
    const auto note = [&](const std::string& what) {
        const std::lock_guard lock(mutex);
        order.push_back(what);
    };
    std::jthread change([&] {
        work.give_way();
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

TEST(RightOfWayTest, all_that_wait_go_on_when_the_searches_have_ended) {
    std::counting_semaphore<2> about_to_wait(0);
    RightOfWay searches;
    const RightOfWay::Work::Params params{.slice = 1us, .longest_wait = 1h, .is_urgent = [&] {
                                              about_to_wait.release();
                                              return false;
                                          }};
    RightOfWay::Work storing(searches, params), copying(searches, params);
    std::optional<RightOfWay::Search> search(searches);
    std::jthread one([&] { storing.give_way(); }), other([&] { copying.give_way(); });
    about_to_wait.acquire();
    about_to_wait.acquire();
    search.reset();
}

TEST(RightOfWayTest, a_change_does_not_wait_for_ever) {
    RightOfWay searches;
    RightOfWay::Work work(searches, {.slice = 1us, .longest_wait = 1ms, .is_urgent = nullptr});
    const RightOfWay::Search search(searches);
    work.give_way();
}

TEST(RightOfWayTest, a_change_that_somebody_waits_for_does_not_wait) {
    RightOfWay searches;
    RightOfWay::Work work(searches, {.slice = 1us, .longest_wait = 1h, .is_urgent = [] { return true; }});
    const RightOfWay::Search search(searches);
    work.give_way();
}

TEST(RightOfWayTest, a_change_works_for_a_slice_between_two_waits) {
    int asked = 0;
    RightOfWay searches;
    RightOfWay::Work work(searches, {.slice = 1h, .longest_wait = 1ms, .is_urgent = [&] {
                                         ++asked;
                                         return false;
                                     }});
    const RightOfWay::Search search(searches);
    for (int i = 0; i < 100; ++i) work.give_way();
    EXPECT_LE(asked, 1);
}

TEST(RightOfWayTest, a_change_with_no_search_under_way_does_not_wait) {
    RightOfWay searches;
    RightOfWay::Work work(searches, {.slice = 1us, .longest_wait = 1h, .is_urgent = nullptr});
    work.give_way();
}

TEST(RightOfWayTest, no_slice_is_refused) {
    RightOfWay searches;
    EXPECT_THROW(RightOfWay::Work(searches, {.slice = 0us, .longest_wait = 1ms, .is_urgent = nullptr}), Error);
}

}  // namespace
}  // namespace docmind
