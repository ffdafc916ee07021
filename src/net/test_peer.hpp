#pragma once
// For tests: the other end of a connection, byte by byte.

#include <docmind/task.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "async/deadline.hpp"
#include "net/io.hpp"

namespace docmind::test {

/// Long enough for anything that happens at all, on a machine with much else to do.
constexpr std::chrono::seconds patience{10};
/// "At once", on such a machine.
constexpr std::chrono::milliseconds at_once{1000};

/// Whether the condition came true in time. It is looked at in every few turns of the loop.
inline Task<bool> comes_true(std::function<bool()> condition, std::chrono::steady_clock::duration limit = patience) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) co_return false;
        co_await sleep_for(std::chrono::milliseconds(1));
    }
    co_return true;
}

/// One end of a connection. Destroying it closes it.
class Peer {
  public:
    using Response = boost::beast::http::response<boost::beast::http::string_body>;

    explicit Peer(TcpSocket s) : socket(std::move(s)) {}

    static Task<std::unique_ptr<Peer>> connect(std::uint16_t port) {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto peer = std::make_unique<Peer>(TcpSocket(executor));
        const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
        co_await peer->socket.async_connect(endpoint, boost::asio::use_awaitable);
        co_return peer;
    }

    Task<> send(std::string bytes) {
        const boost::asio::const_buffer all = boost::asio::buffer(bytes);
        const IoResult sent = co_await write_all(&socket, all, patience);
        if (sent.error) throw std::runtime_error("the peer takes no more: " + sent.error.message());
    }

    /// Everything up to and including `end`.
    Task<std::string> receive_until(std::string end) {
        for (;;) {
            const auto data = buffer_.data();
            const std::string_view held(static_cast<const char*>(data.data()), data.size());
            if (const auto found = held.find(end); found != std::string_view::npos) {
                std::string got(held.substr(0, found + end.size()));
                buffer_.consume(got.size());
                co_return got;
            }
            const IoResult got = co_await more(patience);
            if (got.error)
                throw std::runtime_error("waited for \"" + end + "\", got: " + std::string(held) + " and " + got.error.message());
        }
    }

    /// Waits for the next bytes; false when there are none any more.
    Task<bool> has_more() {
        if (buffer_.size() > 0) co_return true;
        const IoResult got = co_await more(patience);
        co_return !got.error;
    }

    Task<std::string> receive_bytes(std::size_t count) {
        while (buffer_.size() < count) {
            const IoResult got = co_await more(patience);
            if (got.error) throw std::runtime_error("too few bytes came: " + got.error.message());
        }
        std::string bytes(static_cast<const char*>(buffer_.data().data()), count);
        buffer_.consume(count);
        co_return bytes;
    }

    /// The next response.
    Task<Response> receive_response(bool of_head = false) {
        boost::beast::http::response_parser<boost::beast::http::string_body> parser;
        parser.skip(of_head);
        parser.body_limit(boost::none);
        const auto token = boost::asio::cancel_after(patience, boost::asio::as_tuple(boost::asio::use_awaitable));
        const auto [error, bytes] = co_await boost::beast::http::async_read(socket, buffer_, parser, token);
        if (error) throw std::runtime_error("no response: " + error.message());
        co_return parser.release();
    }

    /// Sends a request and gives its response.
    Task<Response> ask(std::string request) {
        co_await send(std::move(request));
        Response response = co_await receive_response();
        co_return response;
    }

    /// What comes until the connection ends; `reset` tells how it ended. Throws where it does not end in time.
    Task<std::string> receive_rest(bool* reset = nullptr) {
        for (;;) {
            const IoResult got = co_await more(patience);
            if (!got.error) continue;
            if (got.timed_out) throw std::runtime_error("the connection does not end");
            if (reset != nullptr) *reset = got.error != boost::asio::error::eof;
            const auto data = buffer_.data();
            co_return std::string(static_cast<const char*>(data.data()), data.size());
        }
    }

    TcpSocket socket;

  private:
    Task<IoResult> more(std::chrono::steady_clock::duration limit) {
        const auto space = buffer_.prepare(16 * 1024);
        const IoResult got = co_await read_some(&socket, space, limit);
        buffer_.commit(got.bytes);
        co_return got;
    }

    boost::beast::flat_buffer buffer_;
};

}  // namespace docmind::test
