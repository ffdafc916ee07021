#pragma once
// The I/O thread: where a program's coroutines run.

#include <docmind/task.hpp>

#include <memory>
#include <vector>

namespace docmind {

/// Answers "who runs my coroutines?": the thread that calls run(). One thread at a time.
class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Executor executor() const;
    /// Runs everything there is to run until `task` has ended; throws what it threw. What else was started stays and goes on with the next
    /// run().
    void run(Task<> task);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What runs the coroutine that asks.
Task<Executor> this_executor();

/// Waits for one of these signals and takes it from its default action while waiting; its number.
Task<int> wait_for_signal(std::vector<int> signals);

}  // namespace docmind
