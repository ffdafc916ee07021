#pragma once
// The one door from coroutines to threads.

#include "async/pool.hpp"

#include <docmind/task.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <variant>

namespace docmind {

namespace detail {

/// Submits the job, waits until it has ended; cancellation as in offload().
Task<> run_job(Pool* pool, Priority priority, std::shared_ptr<PoolJob> job);

/// A call and its result. Written by the worker, then read by the awaiter: `ended` lies between.
template <class Fn>
class Call final : public PoolJob {
  public:
    using Result = std::invoke_result_t<Fn, std::stop_token>;

    explicit Call(Fn&& fn) : fn_(std::move(fn)) {}

    void run(std::stop_token token) noexcept override {
        try {
            if constexpr (std::is_void_v<Result>) {
                (*fn_)(std::move(token));
            } else {
                result_.emplace((*fn_)(std::move(token)));
            }
        } catch (...) {
            error_ = std::current_exception();
        }
        try {
            fn_.reset();  // what the call captured is freed here, not on the I/O thread
        } catch (...) {
            error_ = std::current_exception();
        }
    }

    Result take() {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
        if constexpr (!std::is_void_v<Result>) return std::move(*result_);
    }

  private:
    std::optional<Fn> fn_;
    std::optional<std::conditional_t<std::is_void_v<Result>, std::monostate, Result>> result_;
    std::exception_ptr error_;
};

}  // namespace detail

/// Runs `fn(std::stop_token)` on a thread of `pool` and resumes with its result or exception on the awaiting executor.
/// Errors: Error{overloaded} at once when the queue is full; operation_aborted when cancelled or when the pool closes before the start.
/// Cancelled before the start: the call is dropped. Cancelled while it runs: it is asked to stop and awaited, its result is discarded.
/// `fn` may be move-only, and owns what it captures.
template <class Fn>
Task<std::invoke_result_t<Fn, std::stop_token>> offload(Pool& pool, Priority priority, Fn fn) {
    auto call = std::make_shared<detail::Call<Fn>>(std::move(fn));
    co_await detail::run_job(&pool, priority, call);
    co_return call->take();
}

}  // namespace docmind
