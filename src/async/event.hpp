#pragma once
// A condition that one-thread coroutines wait for.

#include "async/waiter.hpp"

#include <docmind/task.hpp>

namespace docmind {

/// Answers "has it happened?". set() wakes everyone who waits, even if reset() follows at once. I/O thread only.
class Event {
  public:
    Event() = default;
    /// Those who wait get operation_aborted.
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void set();
    void reset() noexcept { set_ = false; }
    [[nodiscard]] bool is_set() const noexcept { return set_; }
    /// Returns at once when set, else at the next set().
    Task<> wait();

  private:
    bool set_ = false;
    WaitList<Waiter> waiting_;
};

}  // namespace docmind
