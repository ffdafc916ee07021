#pragma once
// "Talk to a process that I started": one end of a Unix socket pair, for bytes and for open files.

#include "async/child_process.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <string>
#include <utility>

namespace docmind {

class UnixStream {
  public:
    /// Two connected ends, closed on exec: the first stays here, the second goes to a child.
    [[nodiscard]] static std::pair<FileDescriptor, FileDescriptor> pair();

    UnixStream(boost::asio::any_io_executor executor, FileDescriptor end);

    /// 1 to `max` bytes; empty at the end of the stream (also when the peer died with unread data).
    Task<std::string> read_some(std::size_t max);
    /// Sends all bytes, and with the first of them an open descriptor, which the peer receives as its own copy.
    /// Throws system_error (broken pipe) when the peer is gone; never raises SIGPIPE.
    Task<> send_with_descriptor(std::string bytes, int fd);

  private:
    boost::asio::local::stream_protocol::socket socket_;
};

}  // namespace docmind
