#pragma once
// How DocMind waits: every operation that waits is a Task, awaited on one I/O thread. The rules are in ARCHITECTURE.md.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>

namespace docmind {

/// A lazy coroutine: it starts when it is awaited, runs on the awaiting executor, and ends with a value or an exception.
template <class T = void>
using Task = boost::asio::awaitable<T>;

/// The I/O thread, for objects that own background work.
using Executor = boost::asio::any_io_executor;

/// Who waits for a piece of work. In every queue, interactive work goes before background work.
enum class Priority { interactive, background };

/// True when `error` is the exception a cancelled await throws (boost::system::system_error, operation_aborted).
/// A cancelled operation is never logged, retried or mapped to another error.
[[nodiscard]] bool is_cancelled(const std::exception_ptr& error) noexcept;

}  // namespace docmind
