#pragma once
// Numbers of list items, as people see them.

#include <string>
#include <string_view>

namespace docmind {

/// `style` by its name in Word ("decimal", "lowerLetter", "upperRoman", "decimalZero") or in ODF ("1", "a", "I"); others are decimal.
[[nodiscard]] std::string list_number(int number, std::string_view style);

}  // namespace docmind
