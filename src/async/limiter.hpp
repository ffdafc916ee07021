#pragma once
// How many at once: permits for a backend's slots, for connections, for uploads.

#include "async/waiter.hpp"

#include <docmind/task.hpp>

#include <cstddef>
#include <memory>

namespace docmind {

class Limiter;

namespace detail {
struct LimiterState;
}

/// The right to go on; given back when destroyed. Outlives its Limiter safely. I/O thread only.
class Permit {
  public:
    Permit() noexcept = default;
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit();

    /// Gives the permit back early.
    void release() noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }

  private:
    friend struct detail::LimiterState;
    explicit Permit(std::shared_ptr<detail::LimiterState> state) noexcept : state_(std::move(state)) {}
    std::shared_ptr<detail::LimiterState> state_;
};

/// Answers "may I, or must I wait?". Interactive before background, and in the order of asking within each. I/O thread only.
class Limiter {
  public:
    struct Params {
        std::size_t permits = 1;       ///< at least 1
        std::size_t max_waiting = 64;  ///< callers that may wait; one more is refused. 0: nobody waits
    };

    /// Throws Error{invalid_argument} for zero permits.
    explicit Limiter(Params params);
    /// Those who wait get operation_aborted. Permits that are out stay valid.
    ~Limiter();
    Limiter(const Limiter&) = delete;
    Limiter& operator=(const Limiter&) = delete;

    /// Waits for a permit. Throws Error{overloaded} at once when max_waiting callers wait already.
    Task<Permit> acquire(Priority priority = Priority::interactive);

    /// A permit if one is free now and nobody waits for it.
    [[nodiscard]] Permit try_acquire();

    [[nodiscard]] std::size_t in_use() const noexcept;
    [[nodiscard]] std::size_t waiting() const noexcept;
    [[nodiscard]] std::size_t permits() const noexcept;

  private:
    std::shared_ptr<detail::LimiterState> state_;
};

}  // namespace docmind
