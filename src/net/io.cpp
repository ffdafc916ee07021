#include "net/io.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <cerrno>

#include "async/waiter.hpp"

namespace docmind {

namespace asio = boost::asio;

Task<IoResult> read_some(TcpSocket* socket, asio::mutable_buffer into, std::chrono::steady_clock::duration limit) {
    const auto token = asio::cancel_after(limit, asio::as_tuple(asio::use_awaitable));
    auto [error, bytes] = co_await socket->async_read_some(into, token);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (error == asio::error::operation_aborted && state.cancelled() != asio::cancellation_type::none) throw_cancelled();
    co_return IoResult{error, bytes, error == asio::error::operation_aborted};
}

Task<IoResult> write_all(TcpSocket* socket, asio::const_buffer from, std::chrono::steady_clock::duration limit) {
    IoResult result;
    while (result.bytes < from.size()) {
        const asio::const_buffer rest = from + result.bytes;
        const auto token = asio::cancel_after(limit, asio::as_tuple(asio::use_awaitable));
        auto [error, bytes] = co_await socket->async_write_some(rest, token);
        result.bytes += bytes;
        const auto state = co_await asio::this_coro::cancellation_state;
        if (error == asio::error::operation_aborted && state.cancelled() != asio::cancellation_type::none) throw_cancelled();
        if (error) {
            result.error = error;
            result.timed_out = error == asio::error::operation_aborted;
            break;
        }
    }
    co_return result;
}

bool is_quiet(TcpSocket& socket) noexcept {
    char byte = 0;
    const ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace docmind
