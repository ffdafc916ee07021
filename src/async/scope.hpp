#pragma once
// Background work with an owner.

#include "async/task_group.hpp"

#include <docmind/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>

namespace docmind {

/// Answers "what did I start, and has it ended?". The last member of its owner; the owner awaits close() before it dies.
/// A Scope that is destroyed with tasks in it cancels them and cannot wait for them: right only where the io_context ends too.
class Scope {
  public:
    /// Hears what a task died of, unless it was cancelled. Must not throw.
    using OnError = std::function<void(std::exception_ptr)>;

    /// Without `on_error`, failures of tasks are ignored: for tasks that handle their own.
    explicit Scope(boost::asio::any_io_executor executor, OnError on_error = {});
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Starts a task that runs beside its caller. Throws Error{overloaded} once close() or cancel() was called.
    void spawn(Task<> task);
    /// Refuses further tasks and cancels all; does not wait.
    void cancel();
    /// Refuses further tasks, lets those that run end within `drain`, cancels the rest, and waits for them. When the closing coroutine is
    /// cancelled the drain ends at once; it still waits for all.
    Task<> close(std::chrono::steady_clock::duration drain);
    [[nodiscard]] std::size_t size() const noexcept { return group_.size(); }

  private:
    OnError on_error_;
    bool closed_ = false;
    TaskGroup group_;
};

}  // namespace docmind
