#include "ingestion/byte_budget.hpp"

#include "async/loop.hpp"
#include "async/waiter.hpp"

#include <cstddef>

namespace docmind {

// Shared with the shares, so that one may outlive the budget.
struct ByteBudget::State : std::enable_shared_from_this<State> {
    struct Waiting : Waiter {
        using Waiter::Waiter;
        std::uint64_t bytes = 0;
        Share share;  // put here when it is granted: whatever becomes of the frame, it is given back
    };

    explicit State(std::uint64_t max) : max_bytes(max) {}

    [[nodiscard]] bool fits(std::uint64_t bytes) const { return in_use == 0 || in_use + bytes <= max_bytes; }
    Share grant(std::uint64_t bytes) {
        in_use += bytes;
        return Share(shared_from_this(), bytes);
    }
    void wake_who_fits() {
        while (!waiting.empty() && fits(waiting.front().bytes)) {
            Waiting& next = pop_front(waiting);
            next.share = grant(next.bytes);
            next.wake();
        }
    }

    std::uint64_t max_bytes;
    std::uint64_t in_use = 0;
    WaitList<Waiting> waiting;
};

ByteBudget::Share& ByteBudget::Share::operator=(Share&& other) noexcept {
    if (this != &other) {
        resize(0);
        state_ = std::exchange(other.state_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
}

ByteBudget::Share::~Share() {
    resize(0);
}

void ByteBudget::Share::resize(std::uint64_t bytes) {
    if (!state_) return;
    const bool less = bytes < bytes_;
    state_->in_use += bytes - bytes_;  // unsigned: wraps and wraps back
    bytes_ = bytes;
    if (less) state_->wake_who_fits();
}

ByteBudget::ByteBudget(std::uint64_t max_bytes) : state_(std::make_shared<State>(max_bytes)) {}

ByteBudget::~ByteBudget() {
    wake_all(state_->waiting, Outcome::abandoned);
}

Task<ByteBudget::Share> ByteBudget::acquire(std::uint64_t bytes) {
    const auto state = state_;
    if (state->waiting.empty() && state->fits(bytes)) co_return state->grant(bytes);
    const Executor executor = co_await this_executor();
    State::Waiting waiting(executor);
    waiting.bytes = bytes;
    state->waiting.push_back(waiting);
    const Outcome outcome = co_await waiting.wait();
    if (outcome != Outcome::woken) {
        // Who stood behind may fit now that this one is gone.
        if (waiting.is_linked()) waiting.unlink();
        state->wake_who_fits();
        throw_cancelled();
    }
    co_return std::move(waiting.share);
}

std::uint64_t ByteBudget::in_use() const noexcept {
    return state_->in_use;
}

}  // namespace docmind
