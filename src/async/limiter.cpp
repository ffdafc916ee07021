#include "async/limiter.hpp"

#include <docmind/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace docmind {

namespace detail {

// Shared by the Limiter and its permits, so that a permit may outlive the Limiter.
struct LimiterState : std::enable_shared_from_this<LimiterState> {
    // The permit is put into the waiter's frame when it is granted: whatever becomes of the frame, the permit comes back.
    struct Waiting : Waiter {
        using Waiter::Waiter;
        Permit permit;
    };

    std::size_t permits = 0;
    std::size_t max_waiting = 0;
    std::size_t in_use = 0;
    WaitList<Waiting> interactive;
    WaitList<Waiting> background;

    [[nodiscard]] std::size_t waiting() const noexcept { return interactive.size() + background.size(); }

    Permit grant() {
        ++in_use;
        return Permit(shared_from_this());
    }

    void give_back() {
        --in_use;
        auto& list = interactive.empty() ? background : interactive;
        if (list.empty()) return;
        Waiting& next = pop_front(list);
        next.permit = grant();
        next.wake();
    }
};

}  // namespace detail

Permit& Permit::operator=(Permit&& other) noexcept {
    if (this != &other) {
        release();
        state_ = std::move(other.state_);
    }
    return *this;
}

Permit::~Permit() {
    release();
}

void Permit::release() noexcept {
    if (const auto state = std::exchange(state_, nullptr)) state->give_back();
}

Limiter::Limiter(Params params) : state_(std::make_shared<detail::LimiterState>()) {
    if (params.permits == 0) throw Error(errc::invalid_argument, "a limiter needs at least one permit");
    state_->permits = params.permits;
    state_->max_waiting = params.max_waiting;
}

Limiter::~Limiter() {
    wake_all(state_->interactive, Outcome::abandoned);
    wake_all(state_->background, Outcome::abandoned);
}

Task<Permit> Limiter::acquire(Priority priority) {
    const auto state = state_;
    if (state->in_use < state->permits) co_return state->grant();
    if (state->waiting() >= state->max_waiting) throw Error(errc::overloaded, "Too many requests are waiting. Try again in a moment.");
    const auto executor = co_await boost::asio::this_coro::executor;
    detail::LimiterState::Waiting waiting(executor);
    (priority == Priority::interactive ? state->interactive : state->background).push_back(waiting);
    const Outcome outcome = co_await waiting.wait();
    if (outcome != Outcome::woken) throw_cancelled();
    co_return std::move(waiting.permit);
}

Permit Limiter::try_acquire() {
    return state_->in_use < state_->permits ? state_->grant() : Permit();
}

std::size_t Limiter::in_use() const noexcept {
    return state_->in_use;
}

std::size_t Limiter::waiting() const noexcept {
    return state_->waiting();
}

std::size_t Limiter::permits() const noexcept {
    return state_->permits;
}

}  // namespace docmind
