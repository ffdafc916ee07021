#pragma once
// "What stands in this list?" Settings hold lists as one text with commas between.

#include <string>
#include <vector>

namespace docmind {

/// The items without the blanks around them; empty ones are left out.
[[nodiscard]] std::vector<std::string> split_list(const std::string& text);

}  // namespace docmind
