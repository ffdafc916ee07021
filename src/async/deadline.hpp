#pragma once
// Time limits. One deadline per request, set at the edge.

#include "async/task_group.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace docmind {

/// Suspends for `duration`.
Task<> sleep_for(std::chrono::steady_clock::duration duration);

/// Lets other ready coroutines of the I/O thread have their turn.
Task<> yield_now();

namespace detail {

/// now + limit, without overflow for very long limits.
Waiter::TimePoint deadline_after(std::chrono::steady_clock::duration limit);
[[noreturn]] void throw_timeout(std::chrono::steady_clock::duration limit);

}  // namespace detail

/// Awaits `task` for at most `limit`. After that the task is cancelled and awaited, and Error{timeout} is thrown; a task that has
/// finished by then all the same gives its result, or its own failure. A cancellation from outside stays a cancellation.
template <class T>
Task<T> with_deadline(Task<T> task, std::chrono::steady_clock::duration limit) {
    std::optional<detail::Stored<T>> result;
    std::vector<Task<>> tasks;
    tasks.push_back(detail::store<T>(std::move(task), &result));
    const auto deadline = detail::deadline_after(limit);
    co_await detail::join_all(std::move(tasks), deadline);
    if (!result) detail::throw_timeout(limit);
    if constexpr (!std::is_void_v<T>) co_return std::move(*result);
}

}  // namespace docmind
