#include "async/unix_stream.hpp"

#include <docmind/error.hpp>

#include <sys/socket.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <cstring>

namespace docmind {

namespace asio = boost::asio;

std::pair<FileDescriptor, FileDescriptor> UnixStream::pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw Error(errc::overloaded, std::string("No socket pair for a child process: ") + std::strerror(errno));
    }
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

UnixStream::UnixStream(asio::any_io_executor executor, FileDescriptor end) : socket_(std::move(executor)) {
    socket_.assign(asio::local::stream_protocol(), end.get());
    [[maybe_unused]] const int owned_by_socket = end.release();
    socket_.non_blocking(true);
}

Task<std::string> UnixStream::read_some(std::size_t max) {
    std::string bytes(max, '\0');
    boost::system::error_code error;
    const std::size_t got = co_await socket_.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    const bool ended = error == asio::error::eof || error == asio::error::connection_reset;
    if (error && !ended) throw boost::system::system_error(error);
    bytes.resize(got);
    co_return bytes;
}

Task<> UnixStream::send_with_descriptor(std::string bytes, int fd) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);

    ssize_t sent = -1;
    while (sent < 0) {
        co_await socket_.async_wait(asio::socket_base::wait_write, asio::use_awaitable);
        sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            throw boost::system::system_error(errno, boost::system::system_category());
        }
    }
    const auto rest = asio::buffer(bytes) + static_cast<std::size_t>(sent);
    co_await asio::async_write(socket_, rest, asio::use_awaitable);
}

}  // namespace docmind
