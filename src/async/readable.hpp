#pragma once
// A descriptor that the kernel makes readable now and then (inotify, eventfd, timerfd, a pipe), as something to await.

#include "async/waiter.hpp"

#include <docmind/task.hpp>

namespace docmind {

/// Suspends until `fd` can be read without blocking (true) or the deadline passes (false). Reads nothing. The descriptor stays the
/// caller's; closing it during the wait does not end the wait. Errors: Error{overloaded} where the process has no descriptor left or the
/// kind of file cannot be waited for.
Task<bool> wait_readable(int fd, Waiter::TimePoint deadline = Waiter::TimePoint::max());

}  // namespace docmind
