#include "readers/office/list_number.hpp"

#include <array>
#include <cstddef>

namespace docmind {

namespace {

constexpr int max_roman = 3999;
constexpr int max_letters = 26 * 30;

std::string roman(int number) {
    struct Sign {
        int value;
        std::string_view text;
    };
    constexpr std::array signs = {Sign{1000, "m"}, Sign{900, "cm"}, Sign{500, "d"}, Sign{400, "cd"}, Sign{100, "c"},
                                  Sign{90, "xc"},  Sign{50, "l"},   Sign{40, "xl"}, Sign{10, "x"},   Sign{9, "ix"},
                                  Sign{5, "v"},    Sign{4, "iv"},   Sign{1, "i"}};
    std::string text;
    for (const Sign& sign : signs) {
        for (; number >= sign.value; number -= sign.value) text += sign.text;
    }
    return text;
}

/// a, b, ... z, aa, bb, ...
std::string letters(int number) {
    return std::string(static_cast<std::size_t>((number - 1) / 26 + 1), static_cast<char>('a' + (number - 1) % 26));
}

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
    return text;
}

}  // namespace

std::string list_number(int number, std::string_view style) {
    if (number > 0 && number <= max_letters && (style == "lowerLetter" || style == "a")) return letters(number);
    if (number > 0 && number <= max_letters && (style == "upperLetter" || style == "A")) return upper(letters(number));
    if (number > 0 && number <= max_roman && (style == "lowerRoman" || style == "i")) return roman(number);
    if (number > 0 && number <= max_roman && (style == "upperRoman" || style == "I")) return upper(roman(number));
    if (style == "decimalZero" && number >= 0 && number < 10) return "0" + std::to_string(number);
    return std::to_string(number);
}

}  // namespace docmind
