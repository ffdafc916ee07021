#include "async/deadline.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>

namespace docmind {

namespace asio = boost::asio;

Task<> sleep_for(std::chrono::steady_clock::duration duration) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    timer.expires_at(detail::deadline_after(duration));
    co_await timer.async_wait(asio::use_awaitable);
}

Task<> yield_now() {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

namespace detail {

Waiter::TimePoint deadline_after(std::chrono::steady_clock::duration limit) {
    const auto now = std::chrono::steady_clock::now();
    return limit < Waiter::TimePoint::max() - now ? now + limit : Waiter::TimePoint::max();
}

void throw_timeout(std::chrono::steady_clock::duration limit) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
    throw Error(errc::timeout, "This took longer than the " + std::to_string(ms) + " ms it may take.");
}

}  // namespace detail

}  // namespace docmind
