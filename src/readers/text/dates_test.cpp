#include "readers/text/dates.hpp"

#include <gtest/gtest.h>

namespace docmind {
namespace {

TEST(Dates, are_told_in_utc) {
    EXPECT_EQ(rfc3339("2024-05-01T10:00:00+02:00"), "2024-05-01T08:00:00Z");
    EXPECT_EQ(rfc3339("2024-05-01"), "2024-05-01T00:00:00Z");
    EXPECT_EQ(rfc3339("2024/05/01 23:30"), "2024-05-01T23:30:00Z");
    EXPECT_EQ(rfc3339("2024-12"), "2024-12-01T00:00:00Z");
    EXPECT_EQ(rfc3339("20240501T101112Z"), "2024-05-01T10:11:12Z");
    EXPECT_EQ(rfc3339("Wed, 1 May 2024 10:00:00 +0200"), "2024-05-01T08:00:00Z");
    EXPECT_EQ(rfc3339("1 May 24 10:00 EST (Eastern)"), "2024-05-01T15:00:00Z");
    EXPECT_EQ(rfc3339("Sat, 31 Dec 2022 23:30:00 -0100"), "2023-01-01T00:30:00Z");
}

TEST(Dates, that_are_none_are_empty) {
    for (const char* text :
         {"", "  ", "yesterday", "2024-13-01", "2024-02-30", "-1-1-1", "99999999999", "Wed, 32 May 2024", "1 May", "::::"})
        EXPECT_EQ(rfc3339(text), "") << text;
}

}  // namespace
}  // namespace docmind
