#include "readers/office/number_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace docmind {

namespace {

constexpr double last_day = 2958466;      // 10000-01-01
constexpr double first_day_counted = 61;  // 1900-03-01: the day before it, 1900-02-29, exists in Excel only
constexpr std::int64_t seconds_a_day = 86'400;
constexpr double most_written_out = 1e15;
constexpr int max_decimals = 15;

std::string decimal(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", value, std::min(decimals, max_decimals));
    if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
    return text;
}

std::string date_of(std::int64_t days_since_1970) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days_since_1970))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string time_of(std::int64_t seconds) {
    const std::string minutes = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    return seconds % 60 == 0 ? minutes : minutes + fmt::format(":{:02}", seconds % 60);
}

}  // namespace

NumberFormat NumberFormat::of_code(std::string_view code) {
    bool has_day = false, has_hour = false, has_month = false, is_duration = false, is_percent = false, has_digit = false;
    int decimals = -1;  // behind the point, once it came
    for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
        const char c = code[i];
        if (c == '"') {
            i = std::min(code.find('"', i + 1), code.size());
        } else if (c == '\\' || c == '_' || c == '*') {
            ++i;  // the next character stands for itself
        } else if (c == '[') {
            const std::size_t end = std::min(code.find(']', i), code.size());
            const std::string_view inside = code.substr(i + 1, end - i - 1);
            // [h] counts hours; [Red], [$-407] and [>=5] say nothing of the kind.
            is_duration = is_duration || (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos);
            i = end;
        } else {
            const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            if (code.substr(i, 7) == "General") return {};
            has_day = has_day || lower == 'd' || lower == 'y';
            has_hour = has_hour || lower == 'h' || lower == 's';
            has_month = has_month || lower == 'm';
            is_percent = is_percent || c == '%';
            const bool is_digit = c == '0' || c == '#' || c == '?';
            has_digit = has_digit || is_digit;
            if (is_digit && decimals >= 0) ++decimals;
            if (c == '.') decimals = 0;
            // 1.0E+00: so many digits are not what the number has.
            if (lower == 'e' && has_digit) return {};
        }
    }
    if (is_duration) return {Kind::duration};
    if (has_day && has_hour) return {Kind::date_time};
    if (has_hour) return {Kind::time};
    if (has_day || has_month) return {Kind::date};
    if (is_percent) return {Kind::percent, std::max(decimals, 0)};
    if (has_digit) return {Kind::number, std::max(decimals, 0)};
    return {};
}

NumberFormat NumberFormat::of_id(int id) {
    switch (id) {
        case 1:
        case 3:
        case 5:
        case 6:
        case 37:
        case 38:
        case 41:
        case 42: return {Kind::number, 0};
        case 2:
        case 4:
        case 7:
        case 8:
        case 39:
        case 40:
        case 43:
        case 44: return {Kind::number, 2};
        case 9: return {Kind::percent, 0};
        case 10: return {Kind::percent, 2};
        case 18:
        case 19:
        case 20:
        case 21:
        case 45:
        case 47: return {Kind::time};
        case 22: return {Kind::date_time};
        case 46: return {Kind::duration};
        default: break;
    }
    const bool is_date = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
    return {is_date ? Kind::date : Kind::general};
}

std::string shown_number(std::string_view value, NumberFormat format, bool is_1904) {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) return std::string(value);
    using Kind = NumberFormat::Kind;
    if (std::abs(number) > most_written_out) format = {};
    const bool is_day = number >= 0 && number < last_day;
    // A second and not less: times are fractions of days, and never quite what was typed.
    const std::int64_t seconds = is_day ? std::llround(number * static_cast<double>(seconds_a_day)) : 0;
    const std::int64_t first = is_1904 ? -24'107 : number < first_day_counted ? -25'568 : -25'569;  // day 0, in days since 1970
    const std::int64_t day = seconds / seconds_a_day + first;
    switch (format.kind) {
        case Kind::number: return decimal(number, format.decimals);
        case Kind::percent: return decimal(number * 100, format.decimals) + "%";
        case Kind::date:
            if (is_day) return date_of(day);
            break;
        case Kind::time:
            if (is_day) return time_of(seconds % seconds_a_day);
            break;
        case Kind::date_time:
            if (is_day) return seconds < seconds_a_day ? time_of(seconds) : date_of(day) + " " + time_of(seconds % seconds_a_day);
            break;
        case Kind::duration:
            if (is_day) return time_of(seconds);
            break;
        default: break;
    }
    return fmt::format("{:.15g}", number);
}

}  // namespace docmind
