#include "storage/engine/timestamp.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(TimestampTest, times_are_rfc_3339_in_utc) {
    using namespace std::chrono;
    EXPECT_EQ(to_rfc3339(sys_days(year(2024) / 2 / 29) + hours(23) + minutes(5) + seconds(9) + milliseconds(7)),
              "2024-02-29T23:05:09.007Z");
}

}  // namespace
}  // namespace docmind
