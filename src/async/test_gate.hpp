#pragma once
// For tests: how a test and a call on a pool wait for each other.

#include "async/test_support.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <stop_token>

namespace docmind::test {

/// Closed until open() is called once. Any thread.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        if (!opened_.wait_for(lock, std::chrono::seconds(20), [this] { return open_; })) throw std::logic_error("nobody opens the gate");
    }
    /// False when it stayed closed for that long.
    bool wait_for(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return opened_.wait_for(lock, time, [this] { return open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any opened_;
    bool open_ = false;
};

/// Keeps its thread until it is asked to stop.
inline void until_stopped(const std::stop_token& stop) {
    Gate stopped;
    const std::stop_callback on_stop(stop, [&] { stopped.open(); });
    stopped.wait();
}

/// Keeps its thread for so long, awake or not.
inline void keep_thread(std::chrono::milliseconds time) {
    Gate never;
    never.wait_for(time);
}

/// Runs the task's loop until the condition holds.
template <class T>
void run_until(Run<T>& run, const std::function<bool()>& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > give_up) throw std::logic_error("the condition never came true");
        run.io().run_for(std::chrono::milliseconds(1));
    }
}

/// Runs the task's loop for a while, for what must not happen in it.
template <class T>
void run_for(Run<T>& run, std::chrono::milliseconds time) {
    run.io().run_for(time);
}

}  // namespace docmind::test
