#include "async/readable.hpp"

#include "async/child_process.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
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
    if (error) throw Error(errc::overloaded, "Cannot wait for a descriptor: " + error.message() + ".");
    [[maybe_unused]] const int owned_by_asio = copy.release();

    constexpr auto wait_read = asio::posix::stream_descriptor::wait_read;
    if (deadline == Waiter::TimePoint::max()) {
        co_await descriptor.async_wait(wait_read, asio::use_awaitable);
        co_return true;
    }
    const auto [failure] = co_await descriptor.async_wait(wait_read, asio::cancel_at(deadline, asio::as_tuple(asio::use_awaitable)));
    if (!failure) co_return true;
    if (failure != asio::error::operation_aborted || cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(failure);
    }
    co_return false;
}

}  // namespace docmind
