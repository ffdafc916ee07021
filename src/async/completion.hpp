#pragma once
// The door back from threads that are not ours: a library that calls back once, somewhere, becomes an await.

#include <docmind/task.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace docmind {

namespace detail {
struct CompletionState;
}

/// The library's side: says once, from any thread, that the operation has ended. Copies are the same signal; calls after the first do
/// nothing.
class CompletionSignal {
  public:
    explicit CompletionSignal(std::shared_ptr<detail::CompletionState> state) noexcept : state_(std::move(state)) {}
    void operator()(std::exception_ptr error = nullptr) const;

  private:
    std::shared_ptr<detail::CompletionState> state_;
};

/// Calls `start` with the signal and suspends until it is given; resumes on the awaiting executor, with the signal's exception if it has
/// one. `start` must lead to exactly one signal, or throw without any; its exception is rethrown. Cancelled while it waits: an operation
/// that has started cannot be taken back, so its end is awaited, then operation_aborted is thrown. A frame that dies without being resumed
/// (its io_context ends) blocks until the signal, so what the operation uses may live in the frame.
Task<> await_completion(std::function<void(CompletionSignal)> start);

}  // namespace docmind
