#include "ingestion/event_pace.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace docmind {
namespace {

using std::chrono::milliseconds;

TEST(EventPace, ABurstIsLetThroughAndThenNoMoreThanTheMostInAnyWindow) {
    EventPace pace({.most = 10, .window = milliseconds(1000)});
    std::vector<EventPace::Clock::time_point> sent;
    EventPace::Clock::time_point now{};
    for (int i = 0; i < 1000; ++i) {
        // Sometimes there is nothing to send for a while.
        if (i % 37 == 0) now += milliseconds(730);
        now += pace.wait(now);
        pace.sent(now);
        sent.push_back(now);
    }
    EXPECT_EQ(sent[9], sent[0]);
    for (std::size_t i = 10; i < sent.size(); ++i) ASSERT_GE(sent[i] - sent[i - 10], milliseconds(1000)) << i;
}

TEST(EventPace, AfterAQuietTimeNothingWaits) {
    EventPace pace({.most = 2, .window = milliseconds(100)});
    EventPace::Clock::time_point now{};
    pace.sent(now);
    EXPECT_EQ(pace.wait(now), milliseconds(0));
    pace.sent(now);
    EXPECT_EQ(pace.wait(now), milliseconds(100));
    EXPECT_EQ(pace.wait(now + milliseconds(40)), milliseconds(60));
    EXPECT_EQ(pace.wait(now + milliseconds(100)), milliseconds(0));
    EXPECT_EQ(pace.wait(now + std::chrono::hours(1)), milliseconds(0));
}

}  // namespace
}  // namespace docmind
