#include "async/scope.hpp"

#include "async/deadline.hpp"

#include <docmind/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace docmind {

namespace asio = boost::asio;

Scope::Scope(asio::any_io_executor executor, OnError on_error) : on_error_(std::move(on_error)), group_(std::move(executor)) {}

Scope::~Scope() {
    group_.cancel();
}

void Scope::spawn(Task<> task) {
    if (closed_) throw Error(errc::overloaded, "DocMind is shutting down. Try again in a moment.");
    group_.spawn(std::move(task), [this](std::exception_ptr error) {
        if (error && on_error_ && !is_cancelled(error)) on_error_(std::move(error));
    });
}

void Scope::cancel() {
    closed_ = true;
    group_.cancel();
}

Task<> Scope::close(std::chrono::steady_clock::duration drain) {
    closed_ = true;
    auto deadline = detail::deadline_after(drain);
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (group_.size() > 0) {
        const Outcome outcome = co_await group_.wait(deadline);
        if (outcome == Outcome::woken) continue;
        deadline = Waiter::TimePoint::max();
        group_.cancel();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace docmind
