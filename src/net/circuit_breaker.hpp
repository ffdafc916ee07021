#pragma once
// "Is it worth asking this backend at all?" Opens after failures in a row; after a pause one caller may try; its success closes the
// breaker, its failure opens it again. Time comes in through parameters.

#include <chrono>
#include <memory>
#include <utility>

namespace docmind {

class CircuitBreaker {
  public:
    using Clock = std::chrono::steady_clock;
    struct Params {
        int failures_to_open = 5;
        Clock::duration open_for = std::chrono::seconds(5);
    };
    enum class State { closed, open, half_open };

    CircuitBreaker() = default;
    explicit CircuitBreaker(Params params) : params_(params) {}

    /// May a request go out now? In the half-open state only one is let through; it must end in one of the three calls below.
    [[nodiscard]] bool allow(Clock::time_point now);
    void succeeded();
    void failed(Clock::time_point now);
    /// The request was given up by its caller: it says nothing about the backend.
    void abandoned();
    [[nodiscard]] State state(Clock::time_point now) const;

  private:
    Params params_;
    int failures_ = 0;
    bool trying_ = false;
    Clock::time_point opened_{};
};

/// One try at the breaker: unless told how it went, it says nothing.
class BreakerTry {
  public:
    explicit BreakerTry(std::shared_ptr<CircuitBreaker> breaker) : breaker_(std::move(breaker)) {}
    ~BreakerTry() {
        if (breaker_) breaker_->abandoned();
    }
    BreakerTry(BreakerTry&& other) noexcept = default;
    BreakerTry& operator=(BreakerTry&&) = delete;

    void succeeded() {
        if (const auto breaker = std::exchange(breaker_, nullptr)) breaker->succeeded();
    }
    void failed(CircuitBreaker::Clock::time_point now) {
        if (const auto breaker = std::exchange(breaker_, nullptr)) breaker->failed(now);
    }

  private:
    std::shared_ptr<CircuitBreaker> breaker_;
};

}  // namespace docmind
