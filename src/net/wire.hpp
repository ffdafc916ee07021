#pragma once
// The server's end of one connection: its bytes, and the body of the request that is being served. Internal to net/.

#include <docmind/task.hpp>

#include <chrono>
#include <string>

#include "net/body_source.hpp"
#include "net/io.hpp"
#include "net/request_parser.hpp"

namespace docmind::detail {

/// A socket with what was read ahead of it. A connection on which nothing comes holds no buffer.
struct Wire {
    explicit Wire(TcpSocket s) : socket(std::move(s)) {}

    /// Waits for bytes and appends them (at most 64 KiB) to `buffer`, or an error. A cancelled caller gets operation_aborted thrown.
    Task<IoResult> receive(std::chrono::steady_clock::duration limit);
    /// True when the client has closed the connection or its sending half, even where bytes from before wait to be read.
    [[nodiscard]] bool is_abandoned() noexcept;

    TcpSocket socket;
    std::string buffer;   ///< read, not used yet
    bool broken = false;  ///< no further request can be told from what comes
};

/// The request body, pulled from the wire through the request's parser.
class WireBody final : public BodySource {
  public:
    /// Sends `100 Continue` before the first read where `head` asks for it.
    WireBody(Wire* wire, RequestParser* parser, const RequestHead& head, std::chrono::milliseconds idle)
        : wire_(wire), parser_(parser), idle_(idle), owes_continue_(head.expects_continue && head.has_body) {}

    Task<std::optional<std::string>> next() override;
    /// Reads and drops what is left; false where that is more than `max_bytes` or does not come.
    Task<bool> drain(std::size_t max_bytes, std::chrono::steady_clock::duration limit);
    /// Whether drain(max_bytes) can succeed: the rest is on its way and known to be small. What of it is here already is dropped.
    [[nodiscard]] bool is_drainable(std::size_t max_bytes);

  private:
    Wire* wire_;
    RequestParser* parser_;
    std::chrono::milliseconds idle_;
    bool owes_continue_;
};

}  // namespace docmind::detail
