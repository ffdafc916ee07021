#include "async/readable.hpp"

#include "async/child_process.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <string>

namespace docmind {

namespace asio = boost::asio;

Task<bool> wait_readable(int fd, Waiter::TimePoint deadline) {
    const auto executor = co_await asio::this_coro::executor;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    // A descriptor of its own: the owner may close his at any time, also while it is being destroyed.
    FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) throw Error(errc::overloaded, std::string("Cannot wait for a descriptor: ") + std::strerror(errno) + ".");
    asio::posix::stream_descriptor descriptor(executor);
    boost::system::error_code error;
    descriptor.assign(copy.get(), error);
    if (!error) {
        [[maybe_unused]] const int owned_by_asio = copy.release();
        constexpr auto wait_read = asio::posix::stream_descriptor::wait_read;
        if (deadline == Waiter::TimePoint::max()) {
            co_await descriptor.async_wait(wait_read, asio::redirect_error(asio::use_awaitable, error));
        } else {
            co_await descriptor.async_wait(wait_read, asio::cancel_at(deadline, asio::redirect_error(asio::use_awaitable, error)));
        }
    }
    if (!error) co_return true;
    if (error != asio::error::operation_aborted) throw Error(errc::overloaded, "Cannot wait for a descriptor: " + error.message() + ".");
    if (cancellation.cancelled() != asio::cancellation_type::none) throw_cancelled();
    co_return false;
}

}  // namespace docmind
