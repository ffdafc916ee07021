#pragma once
// "When was that?" Dates as formats write them, as RFC 3339 in UTC. Pure.

#include <string>
#include <string_view>

namespace docmind {

/// ISO 8601 as it is met ("2024-05-01", "2024-05-01T10:00:00+02:00", "2024-05-01 10:00", "2024/05/01") and RFC 5322
/// ("Wed, 1 May 2024 10:00:00 +0200"), as "2024-05-01T08:00:00Z"; where no zone is given the time is taken for UTC, where no time is given
/// it is midnight. Empty where it is no date.
[[nodiscard]] std::string rfc3339(std::string_view text);

}  // namespace docmind
