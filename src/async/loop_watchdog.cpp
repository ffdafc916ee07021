#include "async/loop_watchdog.hpp"

#include <docmind/error.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace docmind {

namespace asio = boost::asio;

namespace {

// The longest labelled block of this thread since the watchdog looked last. Labels of other threads do not disturb it.
struct Longest {
    const char* what = nullptr;
    std::chrono::nanoseconds ran{0};
};
thread_local Longest longest;

// A laptop that slept for a night is one stall, not a million samples.
constexpr int max_samples_of_one_lag = 1000;

}  // namespace

LoopLabel::LoopLabel(const char* what) noexcept : what_(what), start_(std::chrono::steady_clock::now()) {}

LoopLabel::~LoopLabel() {
    const auto ran = std::chrono::steady_clock::now() - start_;
    // An inner label that ran as long as its outer one says more: it came first, and stays.
    if (ran > longest.ran + longest.ran / 8) longest = {what_, ran};
}

void LagHistogram::add(std::chrono::nanoseconds lag) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(lag.count(), 0));
    const double seconds = static_cast<double>(ns) * 1e-9;
    ++buckets_[static_cast<std::size_t>(std::ranges::lower_bound(bounds, seconds) - bounds.begin())];
    std::size_t index = ns;
    if (ns >= steps) {
        const auto exponent = static_cast<std::size_t>(std::bit_width(ns)) - 1;
        index = (exponent - 3) * steps + ((ns >> (exponent - 4)) & (steps - 1));
    }
    ++fine_[std::min(index, fine_.size() - 1)];
    ++count_;
    sum_seconds_ += seconds;
    max_ = std::max(max_, lag);
}

std::chrono::nanoseconds LagHistogram::percentile(double q) const noexcept {
    const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < fine_.size(); ++i) {
        seen += fine_[i];
        if (seen < wanted) continue;
        const std::size_t exponent = i / steps + 3;
        const std::uint64_t upper = i < steps ? i : ((steps + i % steps + 1) << (exponent - 4)) - 1;
        return std::min(max_, std::chrono::nanoseconds(upper));
    }
    return max_;
}

LoopWatchdog::LoopWatchdog(Params params, OnStall on_stall) : params_(params), on_stall_(std::move(on_stall)) {
    if (params.period.count() <= 0) throw Error(errc::invalid_argument, "the watchdog's period must be positive");
}

Task<> LoopWatchdog::run() {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    longest = {};
    auto expected = std::chrono::steady_clock::now() + params_.period;
    for (;;) {
        timer.expires_at(expected);
        co_await timer.async_wait(asio::use_awaitable);
        const auto now = std::chrono::steady_clock::now();
        record(now - expected);
        expected = now + params_.period;
    }
}

void LoopWatchdog::record(std::chrono::nanoseconds lag) {
    int samples = 0;
    for (auto rest = lag; samples == 0 || (rest.count() > 0 && samples < max_samples_of_one_lag); rest -= params_.period) {
        lag_.add(rest);
        ++samples;
    }
    const Longest ran = std::exchange(longest, {});
    if (lag < params_.stall) return;
    ++stalls_;
    if (on_stall_) on_stall_({.lag = lag, .what = ran.what ? ran.what : "unknown", .what_ran = ran.ran});
}

void LoopWatchdog::clear() {
    lag_ = {};
    stalls_ = 0;
}

}  // namespace docmind
