#pragma once
// "May another event go out now?" At most so many in any stretch of time, whenever it begins. Pure: time comes in.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

namespace docmind {

class EventPace {
  public:
    using Clock = std::chrono::steady_clock;
    struct Params {
        std::size_t most = 10;  ///< events in one window; at least 1
        Clock::duration window = std::chrono::seconds(1);
    };
    explicit EventPace(Params params) : params_(params) {}

    /// How long the next event has to wait; zero = it may go.
    [[nodiscard]] Clock::duration wait(Clock::time_point now) const {
        if (sent_.size() < params_.most) return Clock::duration::zero();
        return std::max(sent_.front() + params_.window - now, Clock::duration::zero());
    }
    void sent(Clock::time_point now) {
        sent_.push_back(now);
        if (sent_.size() > params_.most) sent_.pop_front();
    }
    [[nodiscard]] const Params& params() const { return params_; }

  private:
    Params params_;
    std::deque<Clock::time_point> sent_;  // the last `most`
};

}  // namespace docmind
