#include "net/http_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <charconv>

#include "net/http_connections.hpp"
#include "net/io.hpp"

namespace docmind {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

using Parser = http::response_parser<http::buffer_body>;
constexpr std::size_t chunk_bytes = 16 * 1024;
/// Of what a server announces: the rest is believed when it comes.
constexpr std::size_t max_reserved = 1024 * 1024;

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

std::string head_of(const HttpClient::Request& request, const detail::HttpTarget& target) {
    std::string head = request.method + " " + target.path + " HTTP/1.1\r\nHost: " + target.authority + "\r\n";
    if (!request.headers.find("User-Agent")) head += "User-Agent: docmind\r\n";
    head += "Accept-Encoding: identity\r\n";
    if (request.body_stream || !request.body.empty() || request.method == "POST" || request.method == "PUT") {
        head += "Content-Length: " + std::to_string(request.body_stream ? request.body_stream_bytes : request.body.size()) + "\r\n";
    }
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || name.find_first_of("\r\n: ") != std::string::npos ||
            value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            throw HttpError(errc::invalid_argument, "The header field \"" + name + "\" has a line break or another forbidden character.",
                            false);
        }
        head += name + ": " + value + "\r\n";
    }
    return head + "\r\n";
}

}  // namespace

namespace detail {

struct HttpResponseState {
    std::unique_ptr<HttpConnection> connection;  // null after the end of the body
    std::unique_ptr<Parser> parser;
    HttpTimeouts timeouts;
    int status = 0;
    HttpFields fields;
    bool request_complete = true;  // else what the connection takes next is still this request's body
};

namespace {

// Reads more of the response behind what the buffer holds.
Task<IoResult> fill(HttpConnection* connection, std::chrono::milliseconds limit) {
    const auto space = connection->buffer.prepare(chunk_bytes);
    const auto result = co_await read_some(&connection->socket, space, limit);
    connection->buffer.commit(result.bytes);
    co_return result;
}

void check_head(HttpResponseState& state) {
    for (const auto& field : state.parser->get()) state.fields.add(std::string(field.name_string()), std::string(field.value()));
    state.status = static_cast<int>(state.parser->get().result_int());
    const std::string_view encoding = state.fields.value("Content-Encoding");
    if (!encoding.empty() && !iequals(encoding, "identity")) {
        throw HttpError(errc::backend, "The server compressed its answer (" + std::string(encoding) + ") though none was asked for.", true);
    }
}

// False when a kept connection turned out to be closed before any answer.
Task<bool> read_head(HttpResponseState* state, bool is_head, std::size_t max_head) {
    auto& connection = *state->connection;
    const auto fresh_parser = [&] {
        state->parser = std::make_unique<Parser>();
        state->parser->header_limit(static_cast<std::uint32_t>(max_head));
        state->parser->body_limit(boost::none);
        state->parser->skip(is_head);
    };
    fresh_parser();
    bool first = true;
    for (;;) {
        boost::system::error_code error;
        if (connection.buffer.size() > 0) {
            connection.buffer.consume(state->parser->put(connection.buffer.data(), error));
            if (error && error != http::error::need_more) {
                throw HttpError(errc::backend, "The server's answer is not HTTP: " + error.message() + ".", true);
            }
        }
        if (state->parser->is_header_done()) {
            if (state->parser->get().result_int() >= 200) co_return true;
            fresh_parser();  // an interim answer
            continue;
        }
        const auto limit = first ? state->timeouts.first_byte : state->timeouts.idle;
        const auto read = co_await fill(&connection, limit);
        if (read.timed_out) throw HttpError(errc::timeout, "The server at " + connection.key + " did not answer in time.", true);
        if (read.error) {
            if (first && connection.reused) co_return false;
            throw HttpError(errc::backend, "The server at " + connection.key + " closed the connection without an answer.", true);
        }
        first = false;
    }
}

}  // namespace

// One try. Null: a kept connection was closed by the server and the request may be sent again.
Task<std::unique_ptr<HttpResponseState>> attempt(std::unique_ptr<HttpConnection> connection,
                                                 std::shared_ptr<const HttpClient::Request> request, std::string head,
                                                 std::size_t max_head) {
    auto state = std::make_unique<HttpResponseState>();
    state->connection = std::move(connection);
    state->timeouts = request->timeouts;
    auto& socket = state->connection->socket;
    const bool reused = state->connection->reused;
    std::size_t sent = 0;
    for (const std::string* part : {static_cast<const std::string*>(&head), &request->body}) {
        const auto bytes = asio::buffer(*part);
        const auto written = co_await write_all(&socket, bytes, request->timeouts.write);
        sent += written.bytes;
        if (!written.error) continue;
        if (reused && (sent == 0 || is_idempotent(request->method))) co_return nullptr;
        if (written.timed_out) throw HttpError(errc::timeout, "The server does not take the request.", sent > 0);
        throw HttpError(errc::unavailable, "The connection broke while the request was sent: " + written.error.message() + ".", sent > 0);
    }
    std::uint64_t streamed = 0;
    while (request->body_stream && state->request_complete) {
        std::optional<std::string> chunk = co_await request->body_stream->next();
        streamed += chunk ? chunk->size() : 0;
        if (chunk ? streamed > request->body_stream_bytes : streamed < request->body_stream_bytes) {
            throw HttpError(errc::invalid_argument, "The body to send does not have the length that was announced.", true);
        }
        if (!chunk) break;
        const auto bytes = asio::buffer(*chunk);
        const auto written = co_await write_all(&socket, bytes, request->timeouts.write);
        // A server that takes no more of it may have said why.
        if (written.error) state->request_complete = false;
    }
    const bool answered = co_await read_head(state.get(), request->method == "HEAD", max_head);
    if (!answered) {
        if (is_idempotent(request->method)) co_return nullptr;
        throw HttpError(errc::unavailable, "The server closed the connection without an answer.", true);
    }
    check_head(*state);
    state->parser->eager(true);
    co_return state;
}

}  // namespace detail

ResponseStream::ResponseStream(std::unique_ptr<detail::HttpResponseState> state) : state_(std::move(state)) {}
ResponseStream::~ResponseStream() = default;
int ResponseStream::status() const noexcept {
    return state_->status;
}
const HttpFields& ResponseStream::headers() const noexcept {
    return state_->fields;
}

Task<std::optional<std::string>> ResponseStream::next() {
    // Taken out while it works, so that a failure or a cancellation closes it.
    auto connection = std::move(state_->connection);
    if (!connection) co_return std::nullopt;
    Parser& parser = *state_->parser;
    std::string chunk(chunk_bytes, '\0');
    for (;;) {
        if (parser.is_done()) {
            if (parser.keep_alive() && state_->request_complete && connection->buffer.size() == 0) connection->keep();
            co_return std::nullopt;
        }
        auto& body = parser.get().body();
        body.data = chunk.data();
        body.size = chunk.size();
        body.more = true;
        boost::system::error_code error;
        if (connection->buffer.size() > 0) {
            const std::size_t used = parser.put(connection->buffer.data(), error);
            connection->buffer.consume(used);
            if (error == http::error::need_buffer || error == http::error::need_more) error = {};
            if (error) throw HttpError(errc::backend, "The server's answer is malformed: " + error.message() + ".", true);
            const std::size_t got = chunk.size() - body.size;
            if (got > 0) {
                chunk.resize(got);
                state_->connection = std::move(connection);
                co_return chunk;
            }
            if (used > 0 || parser.is_done()) continue;
            if (connection->buffer.size() >= chunk_bytes) throw HttpError(errc::backend, "The server's answer is malformed.", true);
        }
        const auto read = co_await detail::fill(connection.get(), state_->timeouts.idle);
        if (read.timed_out) throw HttpError(errc::timeout, "The server stopped in the middle of its answer.", true);
        if (read.error) {
            if (read.error == asio::error::eof) parser.put_eof(error);
            if (read.error != asio::error::eof || error || !parser.is_done()) {
                throw HttpError(errc::backend, "The server's answer ended before it was complete.", true);
            }
        }
    }
}

HttpClient::HttpClient(Params params, Executor executor)
    : connections_(std::make_shared<detail::HttpConnections>(params, std::move(executor))) {}
HttpClient::HttpClient(Executor executor) : HttpClient(Params{}, std::move(executor)) {}
HttpClient::~HttpClient() {
    connections_->idle.clear();
}

std::size_t HttpClient::idle_connections() const {
    std::size_t count = 0;
    for (const auto& [key, kept] : connections_->idle) count += kept.size();
    return count;
}

Task<std::unique_ptr<ResponseStream>> HttpClient::aopen(Request request) {
    const auto connections = connections_;
    const auto shared = std::make_shared<const Request>(std::move(request));
    const auto target = detail::parse_target(shared->url);
    const std::string head = head_of(*shared, target);
    const std::size_t max_head = connections->params.max_head_bytes;
    // A streamed body can be sent once only: not on a connection that may turn out to be closed.
    auto connection = shared->body_stream ? nullptr : connections->take_idle(target.authority);
    if (connection) {
        auto state = co_await detail::attempt(std::move(connection), shared, head, max_head);
        if (state) co_return std::make_unique<ResponseStream>(std::move(state));
    }
    connection = co_await connections->connect(target, shared->timeouts);
    auto state = co_await detail::attempt(std::move(connection), shared, head, max_head);
    co_return std::make_unique<ResponseStream>(std::move(state));
}

Task<HttpClient::Response> HttpClient::asend(Request request) {
    const std::size_t limit = request.max_body_bytes;
    auto stream = co_await aopen(std::move(request));
    Response response{stream->status(), stream->headers(), {}};
    const std::string_view length = response.headers.value("Content-Length");
    std::size_t announced = 0;
    std::from_chars(length.data(), length.data() + length.size(), announced);
    response.body.reserve(std::min({announced, limit, max_reserved}));
    for (;;) {
        auto chunk = co_await stream->next();
        if (!chunk) break;
        if (response.body.size() + chunk->size() > limit) {
            throw HttpError(errc::backend, "The server's answer is larger than " + std::to_string(limit) + " bytes.", true);
        }
        response.body += *chunk;
    }
    co_return response;
}

}  // namespace docmind
