#pragma once
// For tests: a server that does byte for byte what the test says, one script for each connection.

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <charconv>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "net/http_client.hpp"
#include "net/test_peer.hpp"

namespace docmind::test {

struct RawServer;
/// What happens on one connection; it is closed at the end.
using Script = Task<> (*)(Peer* peer, RawServer* server);
using ClientTest = Task<> (*)(HttpClient* client, RawServer* server);

struct RawServer {
    explicit RawServer(const Executor& executor) : acceptor(executor, {boost::asio::ip::address_v4::loopback(), 0}) {}

    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + path;
    }
    /// The next request with its body.
    Task<std::string> receive(Peer* peer) {
        std::string request = co_await peer->receive_until("\r\n\r\n");
        if (const auto at = request.find("Content-Length: "); at != std::string::npos) {
            std::size_t length = 0;
            std::from_chars(request.data() + at + 16, request.data() + request.size(), length);
            const std::string body = co_await peer->receive_bytes(length);
            request += body;
        }
        requests.push_back(request);
        co_return request;
    }

    boost::asio::ip::tcp::acceptor acceptor;
    std::size_t accepted = 0;
    std::size_t ended = 0;  ///< connections whose script has ended
    std::vector<std::string> requests;
    std::string text;     ///< for the script to send
    std::size_t cut = 0;  ///< ... in two pieces
};

inline Task<> run_script(Script script, std::unique_ptr<Peer> peer, RawServer* server) {
    co_await script(peer.get(), server);
    ++server->ended;
}

inline Task<> accept_all(std::vector<Script> scripts, RawServer* server, Scope* connections) {
    for (;;) {
        TcpSocket socket = co_await server->acceptor.async_accept(boost::asio::use_awaitable);
        boost::system::error_code ignored;
        socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
        // The last one is for all that follow.
        const Script script = scripts[std::min(server->accepted++, scripts.size() - 1)];
        connections->spawn(run_script(script, std::make_unique<Peer>(std::move(socket)), server));
    }
}

inline Task<> with_client(HttpClient::Params params, std::vector<Script> scripts, ClientTest test) {
    const auto executor = co_await boost::asio::this_coro::executor;
    RawServer server(executor);
    std::exception_ptr failure;
    const auto keep = [&failure](std::exception_ptr error) { failure = std::move(error); };
    Scope scope(executor, keep);
    scope.spawn(accept_all(std::move(scripts), &server, &scope));
    {
        HttpClient client(params, executor);
        try {
            co_await test(&client, &server);
        } catch (...) {
            failure = std::current_exception();
        }
    }
    co_await scope.close(std::chrono::seconds(0));
    if (failure) std::rethrow_exception(failure);
}

/// Runs the test against a server whose first connection goes by the first script, and so on.
inline void talk(std::vector<Script> scripts, ClientTest test, HttpClient::Params params = {}) {
    run_task(with_client(params, std::move(scripts), test));
}

inline HttpClient::Request request_of(std::string url, std::string method = "GET", std::string body = "") {
    HttpClient::Request request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.body = std::move(body);
    return request;
}

/// How a request fails; a test failure where it does not.
struct Failure {
    errc code = errc::internal;
    bool sent = false;
    std::string message;
};

inline Task<Failure> failure_of(HttpClient* client, HttpClient::Request request) {
    Failure failure;
    try {
        const auto response = co_await client->asend(std::move(request));
        ADD_FAILURE() << "it was answered: " << response.status << " " << response.body;
    } catch (const HttpError& error) {
        failure = {error.code(), error.sent(), error.what()};
    }
    co_return failure;
}

inline std::string ok(const std::string& body, const std::string& fields = "") {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers every request with its number, until the client has no more.
inline Task<> answer_all(Peer* peer, RawServer* server) {
    for (;;) {
        const bool another = co_await peer->has_more();
        if (!another) break;
        co_await server->receive(peer);
        co_await peer->send(ok("answer " + std::to_string(server->requests.size())));
    }
}

/// Reads the request, sends `text`, in two pieces where a cut is set, and closes.
inline Task<> send_text(Peer* peer, RawServer* server) {
    co_await server->receive(peer);
    if (server->cut > 0) {
        co_await peer->send(server->text.substr(0, server->cut));
        co_await sleep_for(std::chrono::milliseconds(1));
    }
    co_await peer->send(server->text.substr(server->cut));
}

/// Sends `text` and waits until the client closes the connection.
inline Task<> send_text_and_wait(Peer* peer, RawServer* server) {
    co_await send_text(peer, server);
    co_await peer->receive_rest();
}

}  // namespace docmind::test
