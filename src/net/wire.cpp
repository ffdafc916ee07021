#include "net/wire.hpp"

#include <docmind/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "async/waiter.hpp"

namespace docmind::detail {

namespace asio = boost::asio;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Task<IoResult> Wire::receive(std::chrono::steady_clock::duration limit) {
    // One buffer for all connections: it is filled and copied from within one turn of the loop.
    thread_local std::array<char, 64 * 1024> scratch;
    for (;;) {
        const ssize_t got = ::recv(socket.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
        if (got > 0) {
            buffer.append(scratch.data(), static_cast<std::size_t>(got));
            co_return IoResult{{}, static_cast<std::size_t>(got), false};
        }
        if (got == 0) co_return IoResult{asio::error::eof, 0, false};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) co_return IoResult{{errno, boost::system::system_category()}, 0, false};

        const auto token = asio::cancel_after(limit, asio::as_tuple(asio::use_awaitable));
        auto [error] = co_await socket.async_wait(asio::socket_base::wait_read, token);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (error == asio::error::operation_aborted && state.cancelled() != asio::cancellation_type::none) throw_cancelled();
        if (error) co_return IoResult{error, 0, error == asio::error::operation_aborted && socket.is_open()};
    }
}

bool Wire::is_abandoned() noexcept {
    pollfd state{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

Task<std::optional<std::string>> WireBody::next() {
    if (owes_continue_) {
        owes_continue_ = false;
        const asio::const_buffer bytes = asio::buffer(go_on);
        const IoResult sent = co_await write_all(&wire_->socket, bytes, idle_);
        if (sent.error) wire_->broken = true;
    }
    while (!parser_->body_ended()) {
        std::string bytes;
        try {
            bytes = parser_->take_body(wire_->buffer);
        } catch (const Error&) {
            wire_->broken = true;
            throw;
        }
        if (!bytes.empty()) co_return std::optional(std::move(bytes));
        if (parser_->body_ended()) break;
        const IoResult got = co_await wire_->receive(idle_);
        if (!got.error) continue;
        wire_->broken = true;
        if (got.timed_out) throw Error(errc::timeout, "The request body stopped coming.");
        throw Error(errc::invalid_argument, "The request body was cut off.");
    }
    co_return std::nullopt;
}

bool WireBody::is_drainable(std::size_t max_bytes) {
    // A client that was not told to continue may or may not send its body: nothing that follows can be told apart.
    if (wire_->broken || (owes_continue_ && !parser_->body_ended())) return false;
    try {
        while (!parser_->body_ended() && !parser_->take_body(wire_->buffer).empty()) {
        }
    } catch (const Error&) {
        wire_->broken = true;
        return false;
    }
    const std::optional<std::uint64_t> left = parser_->body_left();
    return left && *left <= max_bytes;
}

Task<bool> WireBody::drain(std::size_t max_bytes, std::chrono::steady_clock::duration limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::size_t total = 0;
    while (!parser_->body_ended()) {
        const auto left = deadline - std::chrono::steady_clock::now();
        if (wire_->broken || total > max_bytes || left <= std::chrono::steady_clock::duration::zero()) co_return false;
        try {
            total += parser_->take_body(wire_->buffer).size();
        } catch (const Error&) {
            wire_->broken = true;
        }
        if (wire_->broken || parser_->body_ended() || !wire_->buffer.empty()) continue;
        const IoResult got = co_await wire_->receive(left);
        if (got.error) wire_->broken = true;
    }
    co_return !wire_->broken;
}

}  // namespace docmind::detail
