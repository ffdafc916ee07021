#include "async/completion.hpp"

#include "async/inbox.hpp"
#include "async/waiter.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <utility>

namespace docmind {

namespace asio = boost::asio;

namespace detail {

struct CompletionState {
    explicit CompletionState(const Executor& executor) : inbox(executor) {}

    Inbox inbox;
    std::exception_ptr error;  // written before `ended`, read after it
    Waiter* waiter = nullptr;  // I/O thread only; null when the frame is gone
    std::atomic<bool> signalled = false;
    std::atomic<bool> ended = false;
};

}  // namespace detail

namespace {

struct FrameGuard {
    explicit FrameGuard(std::shared_ptr<detail::CompletionState> s) : state(std::move(s)) {}
    FrameGuard(const FrameGuard&) = delete;
    FrameGuard& operator=(const FrameGuard&) = delete;
    ~FrameGuard() {
        state->waiter = nullptr;
        if (started) state->ended.wait(false);
    }
    std::shared_ptr<detail::CompletionState> state;
    bool started = false;
};

}  // namespace

void CompletionSignal::operator()(std::exception_ptr error) const {
    if (state_->signalled.exchange(true)) return;
    state_->error = std::move(error);
    state_->inbox.post([state = state_] {
        if (state->waiter) state->waiter->wake();
    });
    state_->ended = true;
    state_->ended.notify_all();
}

Task<> await_completion(std::function<void(CompletionSignal)> start) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(executor);
    const auto state = std::make_shared<detail::CompletionState>(executor);
    state->waiter = &waiter;
    FrameGuard guard(state);
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    start(CompletionSignal(state));
    guard.started = true;

    // A cancelled coroutine still has to wait for what has started.
    co_await asio::this_coro::throw_if_cancelled(false);
    bool cancelled = false;
    while (true) {
        const Outcome outcome = co_await waiter.wait();
        if (outcome == Outcome::woken) break;
        cancelled = true;
    }
    // The signal's thread may still be between its post and `ended`.
    state->ended.wait(false);
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (cancelled) throw_cancelled();
    if (state->error) std::rethrow_exception(state->error);
}

}  // namespace docmind
