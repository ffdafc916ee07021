#pragma once
// One connection of the server, from its first request to its last. Internal to net/.

#include <docmind/task.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/request_parser.hpp"
#include "net/response_wire.hpp"
#include "net/wire.hpp"

namespace docmind::detail {

/// Answers "what does this client want, and is it still there?". What it points to outlives it.
class Connection {
  public:
    /// `requests` counts those being served now, over all connections; once `stopping` is set no further request is taken.
    Connection(const HttpServer::Params& params, HttpHandler& handler, TcpSocket socket, std::size_t* requests, const bool* stopping);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Serves one request after another until either side ends the connection. While a request is being served the connection is watched:
    /// when the client goes away the handler, or the stream it answers with, is cancelled.
    Task<> run();
    /// Says 503 and closes: there are too many connections.
    Task<> turn_away();
    /// Ends the connection if it waits for a request.
    void close_if_idle();

  private:
    struct Answer;

    Task<std::optional<RequestHead>> read_head(RequestParser* parser, bool first);
    Task<bool> serve(RequestParser* parser, RequestHead head);
    Task<> respond(Answer* answer);
    Task<> watch();
    Task<bool> send(HttpResponse response, std::string id, bool is_head, bool http_1_0, bool keep_alive);
    Task<bool> send_stream(std::unique_ptr<BodySource> stream, Framing framing, std::optional<std::uint64_t> length);
    Task<bool> write(std::string bytes);
    Task<> refuse(int status, std::string detail);
    void close_by_reset(bool on);
    Task<> close_gently();

    const HttpServer::Params& params_;
    HttpHandler& handler_;
    Wire wire_;
    boost::asio::steady_timer watch_pause_;
    std::size_t* requests_;
    const bool* stopping_;
    std::string remote_;
    bool idle_ = true;      // no byte of a request has come
    bool answered_ = true;  // nothing is being served: there is nothing to watch for
    bool close_resets_ = false;
};

}  // namespace docmind::detail
