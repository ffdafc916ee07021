#pragma once
// "Speak HTTP/1.1 to whoever connects, and let nobody hold us up." Knows sockets, limits and time; what a request means is the handler's.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/body_source.hpp"
#include "net/http_message.hpp"

namespace docmind {

struct HttpRequest {
    std::string method;
    std::string path;                                        ///< percent-decoded, without query; valid UTF-8, no NUL
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
    HttpFields headers;
    std::string id;                               ///< random; goes out as X-Request-Id
    std::string remote;                           ///< the peer's address
    std::optional<std::uint64_t> content_length;  ///< of the body, where the client said it
    /// The body; null where there is none. Errors of next(): timeout (idle), invalid_argument (malformed or cut off).
    /// Chunks are at most 64 KiB. It is read from the socket only as it is pulled. Valid while the handler runs.
    BodySource* body = nullptr;

    /// The first query parameter of that name.
    [[nodiscard]] const std::string* parameter(std::string_view name) const noexcept;
};

/// Reads a whole body. Errors: too_large (more than `max_bytes`; a Content-Length over it fails before the first read), and the body's own.
Task<std::string> read_all(BodySource* body, std::optional<std::uint64_t> content_length, std::size_t max_bytes);

struct HttpResponse {
    int status = 200;
    HttpFields headers;  ///< Content-Length, Connection, Date and X-Request-Id are the server's
    std::string body;
    std::unique_ptr<BodySource> stream;         ///< instead of `body`: sent as it is pulled, chunked
    std::optional<std::uint64_t> stream_bytes;  ///< where the length of `stream` is known: Content-Length instead of chunks
};

/// What the server asks for every request. The coroutine is cancelled when the client goes away, and while a stream is being pulled
/// the stream's next() is.
class HttpHandler {
  public:
    virtual ~HttpHandler() = default;
    /// Must not throw anything but cancellation: errors are responses.
    virtual Task<HttpResponse> handle(HttpRequest request) = 0;
    /// Looked at before anything is read of the body (and before a 100-continue is sent): a response here ends the request.
    virtual std::optional<HttpResponse> admit(const HttpRequest& request) = 0;
    /// The response to a request that could not be understood (400, 408, 413, 414, 431, 501, 503).
    virtual HttpResponse refuse(int status, errc code, std::string_view detail, std::string_view request_id) = 0;
};

class HttpServer {
  public:
    struct Params {
        std::string address = "127.0.0.1";
        std::uint16_t port = 8080;  ///< 0 = any free one
        std::size_t max_connections = 1024;
        std::size_t max_head_bytes = 8 * 1024;
        std::size_t max_fields = 100;
        std::size_t max_target_bytes = 8 * 1024;
        std::chrono::milliseconds head_timeout{10'000};  ///< for a whole request head, and of a new connection
        std::chrono::milliseconds keep_alive{60'000};    ///< a connection without a request
        std::chrono::milliseconds body_idle{30'000};     ///< between chunks of a request body
        std::chrono::milliseconds write_idle{30'000};    ///< a client that reads nothing
    };

    /// Binds and listens. Errors: unavailable (the address is taken or not ours), invalid_argument.
    HttpServer(Params params, HttpHandler& handler, Executor executor);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::size_t connections() const noexcept;
    /// Requests being handled or streamed now.
    [[nodiscard]] std::size_t requests() const noexcept;
    /// Accepts until it is cancelled or astop() is called.
    Task<> arun();
    /// Stops accepting, closes idle connections, lets requests end within `drain`, cancels the rest and waits for them.
    Task<> astop(std::chrono::steady_clock::duration drain);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace docmind
