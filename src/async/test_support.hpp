#pragma once
// For tests: runs a Task to its end, or ends it at every point where it can be ended.

#include <docmind/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace docmind::test {

/// A Task under way on its own io_context, advanced one handler at a time.
template <class T>
class Run {
  public:
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    static constexpr std::chrono::seconds limit{20};

    explicit Run(Task<T> task) {
        if constexpr (std::is_void_v<T>) {
            boost::asio::co_spawn(io_, std::move(task), boost::asio::bind_cancellation_slot(signal_.slot(), [this](std::exception_ptr e) {
                                      error_ = std::move(e);
                                      if (!error_) value_.emplace();
                                      ended_ = true;
                                  }));
        } else {
            boost::asio::co_spawn(io_, std::move(task),
                                  boost::asio::bind_cancellation_slot(signal_.slot(), [this](std::exception_ptr e, T value) {
                                      error_ = std::move(e);
                                      if (!error_) value_.emplace(std::move(value));
                                      ended_ = true;
                                  }));
        }
    }

    /// Runs up to `handlers` handlers; false when there was nothing left to run.
    bool step(std::size_t handlers) {
        for (std::size_t i = 0; i < handlers; ++i) {
            if (io_.run_one_for(limit) > 0) continue;
            if (!io_.stopped()) throw std::logic_error("the task does not go on");
            return false;
        }
        return true;
    }

    void cancel() { signal_.emit(boost::asio::cancellation_type::all); }

    /// Runs until nothing is left to run.
    void finish(std::chrono::steady_clock::duration time = limit) {
        io_.run_for(time);
        if (!io_.stopped()) throw std::logic_error(ended_ ? "the task left work behind in the io_context" : "the task does not end");
        if (!ended_) throw std::logic_error("the task is suspended and nothing will ever resume it");
    }

    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }
    boost::asio::io_context& io() noexcept { return io_; }

    T take() {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
        if constexpr (!std::is_void_v<T>) return std::move(*value_);
    }

  private:
    // The io_context goes first, so what it destroys still finds the rest.
    boost::asio::cancellation_signal signal_;
    std::optional<Value> value_;
    std::exception_ptr error_;
    bool ended_ = false;
    boost::asio::io_context io_{1};
};

/// Runs the task on a fresh io_context until it has ended and nothing is left to run; its value or exception is the caller's.
/// Throws std::logic_error when that takes longer than `limit`.
template <class T>
T run_task(Task<T> task, std::chrono::steady_clock::duration limit = std::chrono::seconds(20)) {
    Run<T> run(std::move(task));
    run.finish(limit);
    return run.take();
}

/// What cancel_at_every_await saw.
struct Sweep {
    std::size_t points = 0;     ///< how many places it was cancelled at, "before the start" included
    std::size_t cancelled = 0;  ///< runs that ended with operation_aborted
    std::size_t completed = 0;  ///< runs that ended with a value all the same
};

/// Runs `make_task()` again and again, cancelling it after 0, 1, 2, ... handlers of the loop, until one run ends before its cancellation.
/// Each run must end with operation_aborted or a value, and leave nothing in the io_context; else std::logic_error. `after_each` checks
/// what the task shares with others (permits, files, rows).
template <class MakeTask>
Sweep cancel_at_every_await(MakeTask make_task, const std::function<void()>& after_each = {}) {
    using T = typename std::invoke_result_t<MakeTask>::value_type;
    Sweep sweep;
    for (bool uncancelled = false; !uncancelled; ++sweep.points) {
        Run<T> run(make_task());
        run.step(sweep.points);
        uncancelled = run.ended();
        run.cancel();
        run.finish();
        if (run.error() && !is_cancelled(run.error())) {
            try {
                std::rethrow_exception(run.error());
            } catch (const std::exception& e) {
                throw std::logic_error("cancelled after " + std::to_string(sweep.points) + " handlers, the task failed with: " + e.what());
            }
        }
        ++(run.error() ? sweep.cancelled : sweep.completed);
        if (after_each) after_each();
    }
    return sweep;
}

/// Runs `make_task()` again and again, destroying its io_context after 0, 1, 2, ... handlers, as when its owner dies. Leaks and uses after
/// free are for the sanitizers to find, the rest for `after_each`. Returns the number of runs.
template <class MakeTask>
std::size_t destroy_at_every_await(MakeTask make_task, const std::function<void()>& after_each = {}) {
    using T = typename std::invoke_result_t<MakeTask>::value_type;
    std::size_t points = 0;
    for (bool ended = false; !ended; ++points) {
        {
            Run<T> run(make_task());
            run.step(points);
            ended = run.ended();
        }
        if (after_each) after_each();
    }
    return points;
}

}  // namespace docmind::test
