#pragma once
// "How does a spreadsheet show this number?" The number formats of Excel, as far as they change what is said: dates, times, percent and how
// many decimals. Currency signs, colours and separators of thousands are left out.

#include <string>
#include <string_view>

namespace docmind {

struct NumberFormat {
    enum class Kind { general, number, percent, date, time, date_time, duration };
    Kind kind = Kind::general;
    int decimals = 0;  ///< of number and percent

    /// Of a format's code, "yyyy\-mm\-dd;@".
    [[nodiscard]] static NumberFormat of_code(std::string_view code);
    /// Of the formats that Excel numbers and does not write down (ECMA-376, 18.8.30).
    [[nodiscard]] static NumberFormat of_id(int id);
};

/// Dates as "2024-05-01", times as "10:30" or "10:30:15", both with a space between; other numbers with "." and no more than 15 digits.
/// `is_1904`: days count from 1904, as in files from old Macs. What is no number stays as it is.
[[nodiscard]] std::string shown_number(std::string_view value, NumberFormat format, bool is_1904);

}  // namespace docmind
