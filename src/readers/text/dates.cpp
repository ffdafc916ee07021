#include "readers/text/dates.hpp"

#include "readers/sniff.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::array months = {"jan"sv, "feb"sv, "mar"sv, "apr"sv, "may"sv, "jun"sv, "jul"sv, "aug"sv, "sep"sv, "oct"sv, "nov"sv, "dec"sv};

struct Zone {
    std::string_view name;
    int hours;
};
constexpr std::array zones = {Zone{"edt", -4}, Zone{"est", -5}, Zone{"cdt", -5}, Zone{"cst", -6},
                              Zone{"mdt", -6}, Zone{"mst", -7}, Zone{"pdt", -7}, Zone{"pst", -8}};

class Scan {
  public:
    explicit Scan(std::string_view text) : text_(ascii_lower(text)) {}

    void spaces() {
        while (is(' ') || is('\t')) ++at_;
    }
    bool take(char c) {
        if (!is(c)) return false;
        ++at_;
        return true;
    }
    bool is(char c) const { return at_ < text_.size() && text_[at_] == c; }
    /// Up to `digits` digits; -1 where there is none.
    int number(std::size_t digits) {
        const std::string_view part = std::string_view(text_).substr(at_, digits);
        int value = -1;
        const auto end = std::from_chars(part.data(), part.data() + part.size(), value).ptr;
        if (part.empty() || part.front() == '-') return -1;
        at_ += static_cast<std::size_t>(end - part.data());
        return value;
    }
    std::string_view word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] >= 'a' && text_[at_] <= 'z') ++at_;
        return std::string_view(text_).substr(begin, at_ - begin);
    }

  private:
    std::string text_;
    std::size_t at_ = 0;
};

struct Moment {
    int year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0, offset = 0;  // offset in minutes
};

void time_of(Scan& scan, Moment& moment) {
    moment.hour = scan.number(2);
    const bool basic = !scan.take(':');  // "101500"
    moment.minute = scan.number(2);
    if (moment.minute < 0) {
        moment.hour = moment.minute = 0;
        return;
    }
    if (basic || scan.take(':')) moment.second = std::max(0, scan.number(2));
    if (scan.take('.')) scan.number(9);
    scan.spaces();
    const bool east = scan.is('+');
    if (east || scan.is('-')) {
        scan.take(east ? '+' : '-');
        const int hours = std::max(0, scan.number(2));
        scan.take(':');
        const int minutes = hours * 60 + std::max(0, scan.number(2));
        moment.offset = east ? minutes : -minutes;
        return;
    }
    const std::string_view name = scan.word();
    for (const auto& zone : zones) {
        if (zone.name == name) moment.offset = zone.hours * 60;
    }
}

std::optional<Moment> iso8601(std::string_view text) {
    Scan scan(text);
    scan.spaces();
    Moment moment;
    moment.year = scan.number(4);
    const bool apart = scan.take('-') || scan.take('/');
    moment.month = scan.number(2);
    if (apart && (scan.take('-') || scan.take('/'))) moment.day = scan.number(2);
    if (!apart) moment.day = scan.number(2);
    scan.take('t');
    scan.spaces();
    time_of(scan, moment);
    return moment;
}

std::optional<Moment> rfc5322(std::string_view text) {
    Scan scan(text);
    scan.spaces();
    scan.word();
    scan.take(',');
    scan.spaces();
    Moment moment;
    moment.day = scan.number(2);
    scan.spaces();
    scan.take('-');
    const std::string_view name = scan.word().substr(0, 3);
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (months[i] == name) moment.month = static_cast<int>(i) + 1;
    }
    scan.spaces();
    scan.take('-');
    moment.year = scan.number(4);
    // RFC 5322, 4.3.
    if (moment.year >= 0 && moment.year < 50) moment.year += 2000;
    if (moment.year >= 50 && moment.year < 1000) moment.year += 1900;
    scan.spaces();
    time_of(scan, moment);
    return moment;
}

std::string in_utc(const Moment& moment) {
    using namespace std::chrono;
    const year_month_day date{year(moment.year), month(static_cast<unsigned>(moment.month)), day(static_cast<unsigned>(moment.day))};
    if (!date.ok() || moment.year < 1000 || moment.hour > 24 || moment.minute > 59 || moment.second > 60) return {};
    const auto point = sys_days(date) + hours(moment.hour) + minutes(moment.minute - moment.offset) + seconds(moment.second);
    const auto days_part = floor<days>(point);
    const year_month_day utc(days_part);
    const hh_mm_ss<seconds> time(point - days_part);
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(utc.year()),
                  static_cast<unsigned>(utc.month()), static_cast<unsigned>(utc.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return out.data();
}

}  // namespace

std::string rfc3339(std::string_view text) {
    if (text.size() > 100) return {};
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    const bool year_first = text.size() >= 6 && text.substr(0, 4).find_first_not_of("0123456789") == std::string_view::npos;
    for (const auto& moment : {year_first ? iso8601(text) : std::nullopt, rfc5322(text)}) {
        if (!moment || moment->month < 1 || moment->day < 1) continue;
        if (std::string date = in_utc(*moment); !date.empty()) return date;
    }
    return {};
}

}  // namespace docmind
