#include "llms/retry_policy.hpp"

#include <algorithm>

namespace docmind {

void RetryPolicy::forget_before(Clock::time_point time) {
    while (!requests_.empty() && requests_.front() < time) requests_.pop_front();
    while (!retries_.empty() && retries_.front() < time) retries_.pop_front();
}

void RetryPolicy::request_started(Clock::time_point now) {
    forget_before(now - params_.window);
    requests_.push_back(now);
}

std::optional<RetryPolicy::Clock::duration> RetryPolicy::next_delay(int attempts, std::optional<Clock::duration> retry_after,
                                                                    Clock::time_point now, double random) {
    if (attempts >= params_.max_attempts) return std::nullopt;
    if (retry_after && *retry_after > params_.longest_retry_after) return std::nullopt;
    forget_before(now - params_.window);
    const double allowed = std::max<double>(params_.min_budget, params_.budget * static_cast<double>(requests_.size()));
    if (static_cast<double>(retries_.size()) + 1 > allowed) return std::nullopt;
    retries_.push_back(now);
    const auto ceiling = std::min(params_.cap, params_.base * (1 << std::clamp(attempts - 1, 0, 16)));
    const auto jittered = std::chrono::duration_cast<Clock::duration>(ceiling * std::clamp(random, 0.0, 1.0));
    return std::max(jittered, retry_after.value_or(Clock::duration::zero()));
}

}  // namespace docmind
