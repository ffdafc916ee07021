#pragma once

#include <chrono>
#include <string>

namespace docmind {

/// RFC 3339 in UTC with milliseconds: 2026-01-31T23:59:59.123Z.
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point time);
[[nodiscard]] inline std::string rfc3339_now() {
    return to_rfc3339(std::chrono::system_clock::now());
}

}  // namespace docmind
