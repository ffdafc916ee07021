#pragma once
// "How is this said on one line?"

#include <cstddef>
#include <string>
#include <string_view>

namespace docmind {

/// White space and control characters become single spaces, none at the ends. Cut before the code point that would pass `max_bytes`.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_bytes = 200);

}  // namespace docmind
