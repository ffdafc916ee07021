#pragma once
// "Ask that server, and let go at once when nobody wants the answer any more." HTTP/1.1 to http:// addresses, with a pool of
// connections that are kept alive. It follows no redirects, sends no cookies, inflates nothing and never retries what may have arrived.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "net/body_source.hpp"
#include "net/http_message.hpp"

namespace docmind {

/// A failed request. Codes: unavailable (no connection), timeout (connected, but too slow), backend (broken or too large an answer),
/// invalid_argument (the address), overloaded (too many connections to that host).
class HttpError : public Error {
  public:
    HttpError(errc code, const std::string& message, bool sent) : Error(code, message), sent_(sent) {}
    /// True when a byte of the request may have reached the server: it may be working on it.
    [[nodiscard]] bool sent() const noexcept { return sent_; }

  private:
    bool sent_;
};

/// Limits of the phases of a request. There is none on the whole: a live answer may take as long as it likes.
struct HttpTimeouts {
    std::chrono::milliseconds resolve{5'000};
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds write{30'000};       ///< without progress
    std::chrono::milliseconds first_byte{60'000};  ///< of the response's head
    std::chrono::milliseconds idle{30'000};        ///< between chunks
};

namespace detail {
struct HttpConnections;
struct HttpResponseState;
}  // namespace detail

/// A response whose body is pulled chunk by chunk. Dropping it before the end closes the connection at once.
class ResponseStream {
  public:
    explicit ResponseStream(std::unique_ptr<detail::HttpResponseState> state);
    ~ResponseStream();
    ResponseStream(const ResponseStream&) = delete;
    ResponseStream& operator=(const ResponseStream&) = delete;

    [[nodiscard]] int status() const noexcept;
    [[nodiscard]] const HttpFields& headers() const noexcept;
    /// The next bytes of the body (at most 16 KiB), nullopt after the last. A cancelled or failed stream is closed.
    /// Errors: timeout (idle), backend (ended early, malformed).
    Task<std::optional<std::string>> next();

  private:
    std::unique_ptr<detail::HttpResponseState> state_;
};

class HttpClient {
  public:
    struct Params {
        std::size_t max_idle_per_host = 8;              ///< connections kept for later
        std::size_t max_connections_per_host = 256;     ///< in use at once
        std::chrono::milliseconds idle_expiry{15'000};  ///< a kept connection older than this is not used again
        std::size_t max_head_bytes = 64 * 1024;         ///< of a response
    };
    struct Request {
        std::string method = "GET";
        std::string url;  ///< http://host[:port]/path?query
        HttpFields headers;
        std::string body;
        std::shared_ptr<BodySource> body_stream;  ///< instead of `body`: sent as it is pulled
        std::uint64_t body_stream_bytes = 0;      ///< its length
        HttpTimeouts timeouts;
        std::size_t max_body_bytes = 16 * 1024 * 1024;  ///< of the response, for asend
    };
    struct Response {
        int status = 0;
        HttpFields headers;
        std::string body;
    };

    HttpClient(Params params, Executor executor);
    explicit HttpClient(Executor executor);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The whole response; any status is a success. Throws HttpError.
    Task<Response> asend(Request request);
    /// Returns once the response's head is there. Throws HttpError.
    Task<std::unique_ptr<ResponseStream>> aopen(Request request);
    /// Connections that wait for their next use.
    [[nodiscard]] std::size_t idle_connections() const;

  private:
    std::shared_ptr<detail::HttpConnections> connections_;
};

}  // namespace docmind
