#pragma once
// Coroutines that run side by side and are waited for: what when_all, for_each_limited, with_deadline and Scope are made of.
//
// Parents outlive their children wherever children end. Only an io_context that is destroyed with suspended coroutines in it destroys
// their frames in no particular order: there a destructor in a child's frame must not reach into its parent's.

#include "async/waiter.hpp"

#include <docmind/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace docmind {

/// Answers "which of my children still run?". Passes no judgement on how they end. Used by the words of this folder only:
/// application code says when_all or Scope.
class TaskGroup {
  public:
    using Done = std::function<void(std::exception_ptr)>;

    explicit TaskGroup(boost::asio::any_io_executor executor);
    /// Forgets the children: their `done` is not called any more.
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task`; `done` hears its end (null: success), never before spawn() has returned.
    void spawn(Task<> task, Done done);
    /// Cancels every child. They end in later turns of the loop.
    void cancel();
    [[nodiscard]] std::size_t size() const noexcept;
    /// Suspends until the group is empty (woken), the deadline passes or the caller is cancelled. One waiter at a time.
    Task<Outcome> wait(Waiter::TimePoint deadline = Waiter::TimePoint::max());

  private:
    struct State;
    std::shared_ptr<State> state_;
};

namespace detail {

/// Runs the tasks side by side and returns when all have ended. The first failure cancels the others and is rethrown; the caller's
/// cancellation cancels all; so does the deadline. True when the deadline passed before they had ended (then failures by cancellation
/// are not rethrown).
Task<bool> join_all(std::vector<Task<>> tasks, Waiter::TimePoint deadline = Waiter::TimePoint::max());

}  // namespace detail

}  // namespace docmind
