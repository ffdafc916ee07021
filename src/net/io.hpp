#pragma once
// Reading and writing a socket with a time limit, as values instead of exceptions: a peer that goes away is no surprise.

#include <docmind/task.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>

namespace docmind {

struct IoResult {
    boost::system::error_code error;  ///< operation_aborted where the limit passed
    std::size_t bytes = 0;
    bool timed_out = false;
};

using TcpSocket = boost::asio::ip::tcp::socket;

/// At least one byte, or an error. The socket and the buffer outlive the call. A cancelled caller gets operation_aborted thrown.
Task<IoResult> read_some(TcpSocket* socket, boost::asio::mutable_buffer into, std::chrono::steady_clock::duration limit);
/// All bytes, or an error; `limit` is the time without progress.
Task<IoResult> write_all(TcpSocket* socket, boost::asio::const_buffer from, std::chrono::steady_clock::duration limit);
/// True when the peer has neither closed the connection nor sent anything.
[[nodiscard]] bool is_quiet(TcpSocket& socket) noexcept;

}  // namespace docmind
