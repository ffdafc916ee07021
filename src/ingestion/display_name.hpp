#pragma once
// "What do people see of a file's name?" Pure.

#include <cstddef>
#include <string>

namespace docmind {

/// Its last part, at most `max_bytes` long, without control characters and those that turn text around; "unnamed" where nothing is left.
[[nodiscard]] std::string display_name(std::string name, std::size_t max_bytes);

}  // namespace docmind
