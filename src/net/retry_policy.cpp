#include "net/retry_policy.hpp"

#include <algorithm>
#include <charconv>
#include <random>

#include "net/http_message.hpp"

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

double random_share() {
    thread_local std::minstd_rand generator(std::random_device{}());
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

std::optional<std::chrono::steady_clock::duration> parse_retry_after(std::string_view value) {
    value = trim(value);
    unsigned seconds = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (failed != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, 86'400U));
}

bool is_retryable(int status) noexcept {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace docmind
