#pragma once
// "May this request be tried again, and when?" Exponential back-off with full jitter inside a budget, so that retries never
// multiply an outage. Time and randomness come in through parameters; whether a request is safe to repeat is the caller's knowledge.

#include <chrono>
#include <deque>
#include <optional>
#include <string_view>

namespace docmind {

class RetryPolicy {
  public:
    using Clock = std::chrono::steady_clock;
    struct Params {
        int max_attempts = 4;  ///< in all, with the first
        Clock::duration base = std::chrono::milliseconds(200);
        Clock::duration cap = std::chrono::seconds(5);
        Clock::duration longest_retry_after = std::chrono::seconds(20);  ///< a longer wish of the server is not waited for
        double budget = 0.2;                                             ///< retries as a share of the requests in the window
        int min_budget = 3;                                              ///< retries that are always allowed in the window
        Clock::duration window = std::chrono::seconds(60);
    };
    RetryPolicy() = default;
    explicit RetryPolicy(Params params) : params_(params) {}

    /// Counts a new request (not its retries).
    void request_started(Clock::time_point now);
    /// How long to wait before the next attempt; nullopt: give up. `attempts` have been made, `random` is in [0, 1).
    /// An allowed retry is charged to the budget.
    [[nodiscard]] std::optional<Clock::duration> next_delay(int attempts, std::optional<Clock::duration> retry_after, Clock::time_point now,
                                                            double random);

  private:
    Params params_;
    std::deque<Clock::time_point> requests_;
    std::deque<Clock::time_point> retries_;

    void forget_before(Clock::time_point time);
};

/// A new number in [0, 1), for next_delay.
[[nodiscard]] double random_share();

/// The seconds of a Retry-After field; nullopt for a date or nonsense.
[[nodiscard]] std::optional<std::chrono::steady_clock::duration> parse_retry_after(std::string_view value);

/// May a request with this answer be sent again? 429, 502, 503, 504.
[[nodiscard]] bool is_retryable(int status) noexcept;

}  // namespace docmind
