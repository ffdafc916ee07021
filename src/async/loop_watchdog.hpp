#pragma once
// Is the I/O thread ever late? A timer asks every few milliseconds; how late it fires is the loop's lag.

#include <docmind/task.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace docmind {

/// Names what the I/O thread does in this block, for the stall log. Never held across co_await. `what` lives as long as the program.
class LoopLabel {
  public:
    explicit LoopLabel(const char* what) noexcept;
    ~LoopLabel();
    LoopLabel(const LoopLabel&) = delete;
    LoopLabel& operator=(const LoopLabel&) = delete;

  private:
    const char* what_;
    std::chrono::steady_clock::time_point start_;
};

/// How late, how often. Fixed memory; percentiles are exact to 1/16 of their value.
class LagHistogram {
  public:
    /// Upper bounds in seconds of the exported buckets; a last one without bound follows.
    static constexpr std::array<double, 11> bounds{0.0005, 0.001, 0.002, 0.005, 0.010, 0.025, 0.050, 0.100, 0.250, 0.500, 1.000};

    void add(std::chrono::nanoseconds lag) noexcept;
    /// Samples per exported bucket, not cumulated; the last is "above all bounds".
    [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& buckets() const noexcept { return buckets_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] double sum_seconds() const noexcept { return sum_seconds_; }
    [[nodiscard]] std::chrono::nanoseconds max() const noexcept { return max_; }
    /// The lag that the share `q` (0..1) of the samples does not pass; 0 without samples.
    [[nodiscard]] std::chrono::nanoseconds percentile(double q) const noexcept;

  private:
    static constexpr std::size_t steps = 16;  // per power of two of nanoseconds
    std::array<std::uint64_t, bounds.size() + 1> buckets_{};
    std::array<std::uint32_t, steps * 48> fine_{};
    std::uint64_t count_ = 0;
    double sum_seconds_ = 0;
    std::chrono::nanoseconds max_{0};
};

/// Answers "does the loop keep its promise?". The owner spawns run() in its Scope. I/O thread only.
class LoopWatchdog {
  public:
    struct Params {
        std::chrono::nanoseconds period = std::chrono::milliseconds(10);
        std::chrono::nanoseconds stall = std::chrono::milliseconds(100);  ///< from here on on_stall is told
    };
    struct Stall {
        std::chrono::nanoseconds lag{0};
        std::string what;                      ///< the longest LoopLabel of that time; "unknown" without one
        std::chrono::nanoseconds what_ran{0};  ///< how long that label was held
    };
    using OnStall = std::function<void(const Stall&)>;

    /// Throws Error{invalid_argument} for a period that is not positive.
    explicit LoopWatchdog(Params params, OnStall on_stall = {});

    /// Measures until cancelled. A long lag is counted as the samples it swallowed (one per period), so that percentiles weigh time, not
    /// timer calls: a loop blocked for 100 ms is 10 late samples, not one.
    Task<> run();

    [[nodiscard]] const LagHistogram& lag() const noexcept { return lag_; }
    [[nodiscard]] std::uint64_t stalls() const noexcept { return stalls_; }
    /// Starts counting afresh.
    void clear();

  private:
    void record(std::chrono::nanoseconds lag);

    const Params params_;
    OnStall on_stall_;
    LagHistogram lag_;
    std::uint64_t stalls_ = 0;
};

}  // namespace docmind
