#pragma once
// Where the client's connections come from and go back to. Internal to net/.

#include <docmind/task.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "net/http_client.hpp"

namespace docmind::detail {

struct HttpTarget {
    std::string host;  ///< without brackets
    std::string port;
    std::string authority;  ///< for the Host field; also the key of the pool
    std::string path;       ///< path and query
};

/// Errors: invalid_argument (no http:// address, or one with a user name in it).
HttpTarget parse_target(const std::string& url);

/// One connection in use. Destroying it closes it, unless it was kept.
struct HttpConnection {
    HttpConnection(std::shared_ptr<HttpConnections> owner, std::string key, boost::asio::ip::tcp::socket socket, bool reused);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    /// Gives the socket back to the pool for the next request.
    void keep();

    std::shared_ptr<HttpConnections> owner;
    std::string key;
    boost::asio::ip::tcp::socket socket;
    bool reused;
    boost::beast::flat_buffer buffer;
};

struct HttpConnections : std::enable_shared_from_this<HttpConnections> {
    struct Idle {
        boost::asio::ip::tcp::socket socket;
        std::chrono::steady_clock::time_point since;
    };
    HttpConnections(HttpClient::Params p, Executor e) : params(p), executor(std::move(e)) {}

    /// A kept connection that the server has not closed, or null.
    std::unique_ptr<HttpConnection> take_idle(const std::string& key);
    /// A new connection. Throws HttpError{unavailable, overloaded}.
    Task<std::unique_ptr<HttpConnection>> connect(HttpTarget target, HttpTimeouts timeouts);

    HttpClient::Params params;
    Executor executor;
    std::map<std::string, std::deque<Idle>> idle;
    std::map<std::string, std::size_t> open;
};

}  // namespace docmind::detail
