#include "async/waiter.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace docmind {

namespace asio = boost::asio;

void Waiter::wake(Outcome outcome) {
    outcome_ = outcome;
    timer_.cancel();
}

Task<Outcome> Waiter::wait(TimePoint deadline) {
    if (outcome_ == Outcome::waiting) {
        timer_.expires_at(deadline);
        const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        // wake() may have been called after the timer fired or the cancellation arrived, before this line ran: it wins.
        if (outcome_ == Outcome::waiting) co_return error ? Outcome::cancelled : Outcome::expired;
    }
    co_return std::exchange(outcome_, Outcome::waiting);
}

void throw_cancelled() {
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace docmind
