#pragma once
// How other threads reach the I/O thread, even while that is on its way out.

#include <docmind/task.hpp>

#include <functional>
#include <memory>

namespace docmind {

/// Answers "is there still somebody to tell?". Posting to an io_context that is being destroyed is a race; posting through its inbox is
/// not: once the destruction has begun, what is posted is dropped. Cheap to copy.
class Inbox {
  public:
    /// The inbox of the io_context that `executor` belongs to. I/O thread only.
    explicit Inbox(const Executor& executor);

    /// Runs `fn` on the I/O thread, in a later turn of its loop. Any thread, at any time.
    void post(std::function<void()> fn) const;
    /// True once the io_context is being destroyed: what is suspended in it is being taken apart and must not be told anything more.
    [[nodiscard]] bool is_closed() const;

  private:
    struct State;
    class Service;
    std::shared_ptr<State> state_;
};

}  // namespace docmind
