#include "net/http_exchange.hpp"

#include <docmind/node.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <utility>

#include "async/deadline.hpp"
#include "async/when_all.hpp"

namespace docmind::detail {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

/// What of a request body that nobody wanted is read all the same, so that the connection can be kept.
constexpr std::size_t max_drain_bytes = 256 * 1024;
constexpr std::chrono::milliseconds drain_limit{2'000};
/// How long a client that sends on is listened to after its last answer, which a reset would take from it.
constexpr std::chrono::milliseconds goodbye_limit{1'000};
/// Between two looks at a connection whose bytes wait to be read, where nothing tells that it was closed.
constexpr std::chrono::milliseconds watch_interval{50};

/// The client went away while it was being served.
struct Abandoned {};

errc code_of(int status) {
    switch (status) {
        case 408: return errc::timeout;
        case 414:
        case 431: return errc::too_large;
        case 501:
        case 505: return errc::unsupported;
        case 503: return errc::overloaded;
        default: return errc::invalid_argument;
    }
}

bool has_no_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

bool has_bytes_waiting(TcpSocket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

struct Connection::Answer {
    HttpRequest request;
    bool is_head;
    bool http_1_0;
    bool keep_alive;
    WireBody* body;
    bool complete = false;  ///< the response went out whole
};

Connection::Connection(const HttpServer::Params& params, HttpHandler& handler, TcpSocket socket, std::size_t* requests,
                       const bool* stopping)
    : params_(params),
      handler_(handler),
      wire_(std::move(socket)),
      watch_pause_(wire_.socket.get_executor()),
      requests_(requests),
      stopping_(stopping) {
    boost::system::error_code gone;
    const auto peer = wire_.socket.remote_endpoint(gone);
    if (!gone) remote_ = peer.address().to_string();
}

Connection::~Connection() {
    boost::system::error_code ignored;
    // The socket's own destructor would not reset.
    if (close_resets_) wire_.socket.close(ignored);
}

Task<> Connection::run() {
    for (bool first = true; !*stopping_; first = false) {
        RequestParser parser(
            {.max_head_bytes = params_.max_head_bytes, .max_fields = params_.max_fields, .max_target_bytes = params_.max_target_bytes});
        std::optional<RequestHead> head = co_await read_head(&parser, first);
        if (!head) break;
        const bool goes_on = co_await serve(&parser, std::move(*head));
        if (!goes_on) break;
    }
    co_await close_gently();
}

Task<> Connection::turn_away() {
    idle_ = false;
    co_await refuse(503, "There are too many connections. Try again in a moment.");
    co_await close_gently();
}

void Connection::close_if_idle() {
    if (!idle_) return;
    boost::system::error_code ignored;
    wire_.socket.close(ignored);
}

/// nullopt: the connection ends here, and the client was told why if there was something to tell.
Task<std::optional<RequestHead>> Connection::read_head(RequestParser* parser, bool first) {
    idle_ = wire_.buffer.empty();
    auto deadline = Clock::now() + (first || !idle_ ? params_.head_timeout : params_.keep_alive);
    for (;;) {
        auto taken = parser->take_head(wire_.buffer);
        if (auto* refusal = std::get_if<HeadRefusal>(&taken)) {
            wire_.broken = true;
            co_await refuse(refusal->status, std::move(refusal->detail));
            co_return std::nullopt;
        }
        if (auto& head = std::get<std::optional<RequestHead>>(taken)) {
            idle_ = false;
            co_return std::move(head);
        }
        if (idle_ && !wire_.buffer.empty()) {
            idle_ = false;
            // The time for a head begins with its first byte; that of a new connection began with the connection.
            if (!first) deadline = Clock::now() + params_.head_timeout;
        }
        const auto left = deadline - Clock::now();
        IoResult got{.error = asio::error::timed_out, .timed_out = true};
        if (left > Clock::duration::zero()) got = co_await wire_.receive(left);
        if (!got.error) continue;
        wire_.broken = true;
        if (got.timed_out && !idle_) co_await refuse(408, "The request head did not come in time.");
        co_return std::nullopt;
    }
}

/// Whether the connection can take another request.
Task<bool> Connection::serve(RequestParser* parser, RequestHead head) {
    WireBody body(&wire_, parser, head, params_.body_idle);
    Answer answer{.request = {.method = std::move(head.method),
                              .path = std::move(head.path),
                              .query = std::move(head.query),
                              .headers = std::move(head.fields),
                              .id = make_id(),
                              .remote = remote_,
                              .content_length = head.has_body ? head.content_length : std::optional<std::uint64_t>(),
                              .body = head.has_body ? &body : nullptr},
                  .is_head = false,
                  .http_1_0 = head.http_1_0,
                  .keep_alive = head.keep_alive,
                  .body = &body};
    answer.is_head = answer.request.method == "HEAD";

    ++*requests_;
    struct Leave {
        std::size_t* requests;
        ~Leave() { --*requests; }
    } leave{requests_};

    answered_ = false;
    try {
        co_await when_all(respond(&answer), watch());
    } catch (const Abandoned&) {
        wire_.broken = true;
    }
    answered_ = true;
    if (!answer.complete || !answer.keep_alive || wire_.broken) co_return false;
    co_return co_await body.drain(max_drain_bytes, drain_limit);
}

Task<> Connection::respond(Answer* answer) {
    const std::string id = answer->request.id;
    std::optional<HttpResponse> response = handler_.admit(answer->request);
    if (!response) {
        HttpResponse handled = co_await handler_.handle(std::move(answer->request));
        response = std::move(handled);
    }
    // A client whose body is neither read nor small enough to be read away has to come again.
    answer->keep_alive = answer->keep_alive && !*stopping_ && !wire_.broken && answer->body->is_drainable(max_drain_bytes);
    answer->complete = co_await send(std::move(*response), id, answer->is_head, answer->http_1_0, answer->keep_alive);
    // Ends watch(): nothing else waits on this connection now.
    answered_ = true;
    boost::system::error_code ignored;
    wire_.socket.cancel(ignored);
    watch_pause_.cancel();
}

/// Returns when the request was answered; throws Abandoned when the client goes away before that. (Not where more of a body waits to be
/// read than the kernel holds: the end of the connection comes behind it.)
Task<> Connection::watch() {
    while (!answered_) {
        if (wire_.is_abandoned()) throw Abandoned{};
        const auto token = asio::as_tuple(asio::use_awaitable);
        if (has_bytes_waiting(wire_.socket)) {
            watch_pause_.expires_after(watch_interval);
            [[maybe_unused]] const auto paused = co_await watch_pause_.async_wait(token);
        } else {
            [[maybe_unused]] const auto waited = co_await wire_.socket.async_wait(asio::socket_base::wait_read, token);
        }
    }
}

/// True when all of it went out.
Task<bool> Connection::send(HttpResponse response, std::string id, bool is_head, bool http_1_0, bool keep_alive) {
    Framing framing = Framing::length;
    if (has_no_body(response.status)) {
        framing = Framing::none;
    } else if (response.stream && !response.stream_bytes) {
        framing = http_1_0 ? Framing::close : Framing::chunked;
    }
    if (framing == Framing::close) keep_alive = false;
    std::string head = response_head(response, id, framing, keep_alive);
    const bool bodyless = is_head || framing == Framing::none;
    if (!bodyless && !response.stream) head += response.body;
    const bool sent = co_await write(std::move(head));
    if (!sent || bodyless || !response.stream) co_return (sent && framing != Framing::close);
    // Where the end of the connection is the end of the body, only a reset tells that this was not the whole of it.
    if (framing == Framing::close) close_by_reset(true);
    const bool streamed = co_await send_stream(std::move(response.stream), framing, response.stream_bytes);
    if (streamed) close_by_reset(false);
    co_return (streamed && framing != Framing::close);
}

/// A source that fails, or that does not keep to its length, ends the connection: once the head is out there is no other way to say it.
Task<bool> Connection::send_stream(std::unique_ptr<BodySource> stream, Framing framing, std::optional<std::uint64_t> length) {
    std::uint64_t total = 0;
    for (;;) {
        std::optional<std::string> bytes;
        try {
            std::optional<std::string> pulled = co_await stream->next();
            bytes = std::move(pulled);
        } catch (const Error&) {
            co_return false;
        }
        if (bytes) total += bytes->size();
        if (length && (bytes ? total > *length : total < *length)) co_return false;
        if (!bytes && framing != Framing::chunked) co_return true;
        const bool ended = !bytes;
        std::string wire = framing == Framing::chunked ? chunk_of(bytes.value_or("")) : std::move(*bytes);
        const bool sent = co_await write(std::move(wire));
        if (ended || !sent) co_return sent;
    }
}

void Connection::close_by_reset(bool on) {
    boost::system::error_code ignored;
    wire_.socket.set_option(asio::socket_base::linger(on, 0), ignored);
    close_resets_ = on;
}

Task<bool> Connection::write(std::string bytes) {
    const asio::const_buffer all = asio::buffer(bytes);
    const IoResult result = co_await write_all(&wire_.socket, all, params_.write_idle);
    if (result.error) {
        wire_.broken = true;
        // Nor does the kernel keep for it what it does not read.
        close_by_reset(true);
    }
    co_return !result.error;
}

Task<> Connection::refuse(int status, std::string detail) {
    const std::string id = make_id();
    HttpResponse response = handler_.refuse(status, code_of(status), detail, id);
    co_await send(std::move(response), id, false, false, false);
}

/// Closing a socket with unread bytes resets the connection, and takes the answer from the client: those bytes are read first.
Task<> Connection::close_gently() {
    boost::system::error_code ignored;
    if (!close_resets_) wire_.socket.shutdown(asio::socket_base::shutdown_send, ignored);
    const auto deadline = Clock::now() + goodbye_limit;
    while (!ignored && !close_resets_) {
        const auto left = deadline - Clock::now();
        if (left <= Clock::duration::zero()) break;
        wire_.buffer.clear();
        const IoResult got = co_await wire_.receive(left);
        if (got.error) break;
        // A client that sends faster than this reads must not keep the loop to itself.
        co_await yield_now();
    }
    wire_.socket.close(ignored);
}

}  // namespace docmind::detail
