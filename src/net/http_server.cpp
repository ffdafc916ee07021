#include "net/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <list>

#include "async/deadline.hpp"
#include "async/scope.hpp"
#include "net/http_exchange.hpp"

namespace docmind {

namespace asio = boost::asio;
using asio::ip::tcp;

const std::string* HttpRequest::parameter(std::string_view name) const noexcept {
    for (const auto& [key, value] : query) {
        if (key == name) return &value;
    }
    return nullptr;
}

Task<std::string> read_all(BodySource* body, std::optional<std::uint64_t> content_length, std::size_t max_bytes) {
    const std::string too_large = "The request body is larger than the " + std::to_string(max_bytes) + " bytes it may have here.";
    if (content_length.value_or(0) > max_bytes) throw Error(errc::too_large, too_large);
    std::string all;
    while (body) {
        std::optional<std::string> chunk = co_await body->next();
        if (!chunk) break;
        if (all.size() + chunk->size() > max_bytes) throw Error(errc::too_large, too_large);
        all += *chunk;
    }
    co_return all;
}

struct HttpServer::State {
    State(Params p, HttpHandler& h, Executor e) : params(std::move(p)), handler(h), executor(e), acceptor(e), scope(std::move(e)) {}

    /// What connections touch on their way out. It outlives the server where an io_context is destroyed with connections in it, whose
    /// frames then end in no particular order.
    struct Open {
        std::list<detail::Connection*> connections;
        std::size_t requests = 0;
        bool stopping = false;
    };

    Task<> serve(std::shared_ptr<Open> open_now, TcpSocket socket);

    Params params;
    HttpHandler& handler;
    Executor executor;
    tcp::acceptor acceptor;
    std::shared_ptr<Open> open = std::make_shared<Open>();
    Scope scope;  // the last member: one task per connection
};

Task<> HttpServer::State::serve(std::shared_ptr<Open> open_now, TcpSocket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    detail::Connection connection(params, handler, std::move(socket), &open_now->requests, &open_now->stopping);
    auto& all = open_now->connections;
    const auto entry = all.insert(all.end(), &connection);
    struct Leave {
        std::list<detail::Connection*>& all;
        std::list<detail::Connection*>::iterator entry;
        ~Leave() { all.erase(entry); }
    } leave{all, entry};
    if (all.size() > params.max_connections) {
        co_await connection.turn_away();
        co_return;
    }
    co_await connection.run();
}

HttpServer::HttpServer(Params params, HttpHandler& handler, Executor executor)
    : state_(std::make_unique<State>(std::move(params), handler, std::move(executor))) {
    const Params& p = state_->params;
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(p.address, error);
    if (error)
        throw Error(errc::invalid_argument,
                    p.address + " is no IP address to listen on: use 127.0.0.1, ::1 or the address of an interface.");
    const tcp::endpoint endpoint(address, p.port);
    tcp::acceptor& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        throw Error(errc::unavailable, "Cannot listen on " + p.address + ":" + std::to_string(p.port) + ": " + error.message() +
                                           ". Choose another address with --listen.");
    }
}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept {
    boost::system::error_code ignored;
    return state_->acceptor.local_endpoint(ignored).port();
}

std::size_t HttpServer::connections() const noexcept {
    return state_->open->connections.size();
}

std::size_t HttpServer::requests() const noexcept {
    return state_->open->requests;
}

Task<> HttpServer::arun() {
    while (!state_->open->stopping) {
        auto [error, socket] = co_await state_->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (state_->open->stopping) break;
        if (error == asio::error::operation_aborted) {
            const auto cancelled = co_await asio::this_coro::cancellation_state;
            if (cancelled.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(error);
            break;
        }
        if (error) {
            // Out of descriptors or memory: those that are open go on, and accepting waits instead of spinning.
            co_await sleep_for(std::chrono::milliseconds(100));
            continue;
        }
        state_->scope.spawn(state_->serve(state_->open, std::move(socket)));
    }
}

Task<> HttpServer::astop(std::chrono::steady_clock::duration drain) {
    state_->open->stopping = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (detail::Connection* connection : state_->open->connections) connection->close_if_idle();
    co_await state_->scope.close(drain);
}

}  // namespace docmind
