// When requests and connections end, and who ends them.

#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "net/test_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::comes_true;
using test::get, test::serve;
using test::Peer;
using test::TestHandler;

/// Sends the request, waits until its handler or stream waits, sends more, leaves, and expects that it waits no more.
Task<> leave_while_it_waits(HttpServer* server, TestHandler* handler, std::string request, std::string more = "", bool half = false) {
    const int left_before = handler->seen.left;
    auto peer = co_await Peer::connect(server->port());
    co_await peer->send(std::move(request));
    const bool waits = co_await comes_true([=] { return handler->seen.inside == 1; });
    EXPECT_TRUE(waits);
    co_await peer->send(std::move(more));
    if (half) {
        peer->socket.shutdown(boost::asio::socket_base::shutdown_send);
    } else {
        peer.reset();
    }
    const bool cancelled = co_await comes_true([=] { return handler->seen.left == left_before + 1; }, test::at_once);
    EXPECT_TRUE(cancelled);
    const bool gone = co_await comes_true([=] { return server->connections() == 0; }, test::at_once);
    EXPECT_TRUE(gone);
    EXPECT_EQ(server->requests(), 0U);
}

TEST(HttpServerDisconnect, cancels_the_handler_that_waits) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        co_await leave_while_it_waits(server, handler, get("/wait"));
        co_await leave_while_it_waits(server, handler, get("/wait"), "", true);
    });
}

TEST(HttpServerDisconnect, cancels_the_handler_also_where_bytes_wait_that_nobody_reads) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        co_await leave_while_it_waits(server, handler, get("/wait") + get("/pipelined"));
        co_await leave_while_it_waits(server, handler, get("/wait"), get("/pipelined"));
        const std::string head = "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
        co_await leave_while_it_waits(server, handler, head, std::string(30'000, 'x'));
        co_await leave_while_it_waits(server, handler, head, std::string(30'000, 'x'), true);
        const std::string first = "POST /first-then-wait HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello";
        co_await leave_while_it_waits(server, handler, first, std::string(30'000, 'x'));
        EXPECT_EQ(handler->seen.body_bytes, 5U);
    });
}

TEST(HttpServerDisconnect, cancels_a_stream_that_waits) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        co_await leave_while_it_waits(server, handler, get("/stream/waits"));
        co_await leave_while_it_waits(server, handler, get("/stream/waits") + get("/pipelined"));
        co_await leave_while_it_waits(server, handler, get("/stream/waits"), get("/pipelined"));
        co_await leave_while_it_waits(server, handler, "GET /stream/waits HTTP/1.0\r\n\r\n");
    });
}

TEST(HttpServerDisconnect, cancels_a_handler_that_waits_for_the_body) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        auto peer = co_await Peer::connect(server->port());
        co_await peer->send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
        const bool began = co_await comes_true([=] { return handler->seen.body_bytes == 5; });
        EXPECT_TRUE(began);
        peer.reset();
        const bool gone = co_await comes_true([=] { return server->connections() == 0; }, test::at_once);
        EXPECT_TRUE(gone);
    });
}

TEST(HttpServerDisconnect, of_one_client_is_nothing_to_another) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto other = co_await Peer::connect(server->port());
        co_await other->send(get("/wait"));
        auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/wait"));
        const bool wait = co_await comes_true([=] { return handler->seen.inside == 2; });
        EXPECT_TRUE(wait);
        peer.reset();
        const bool left = co_await comes_true([=] { return handler->seen.inside == 1; }, test::at_once);
        EXPECT_TRUE(left);
        handler->seen.release.set();
        const auto response = co_await other->receive_response();
        EXPECT_EQ(response.body(), "GET /wait");
    });
}

TEST(HttpServerDisconnect, at_any_moment_leaves_nothing_behind) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const std::string posted = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nhello";
        const std::string requests[] = {get("/a"), get("/wait"), get("/stream/waits"),    get("/stream/endless"),
                                        posted,    "GET / HT",   get("/a") + get("/wait")};
        for (std::size_t i = 0; i < 210; ++i) {
            const auto peer = co_await Peer::connect(server->port());
            co_await peer->send(requests[i % 7]);
            for (std::size_t turns = i / 7; turns > 0; --turns) co_await yield_now();
        }
        const bool gone = co_await comes_true([=] { return server->connections() == 0; });
        EXPECT_TRUE(gone);
        EXPECT_EQ(server->requests(), 0U);
        EXPECT_EQ(handler->seen.inside, 0);
    });
}

TEST(HttpServerDisconnect, a_request_that_waits_long_costs_no_turns_of_the_loop) {
    TestHandler handler;
    struct Client {
        static Task<> run(HttpServer* server, TestHandler* h) {
            const auto peer = co_await Peer::connect(server->port());
            co_await peer->send(get("/wait"));
            const bool waits = co_await comes_true([=] { return h->seen.inside == 1; });
            EXPECT_TRUE(waits);
            co_await h->seen.release.wait();
            const auto response = co_await peer->receive_response();
            EXPECT_EQ(response.result_int(), 200U);
        }
    };
    test::Run<void> run(test::with_server({}, &handler, &Client::run));
    while (handler.seen.inside == 0) run.step(1);
    run.io().run_for(50ms);  // until the client has seen it
    EXPECT_LT(run.io().run_for(200ms), 5U);
    handler.seen.release.set();
    run.finish();
    run.take();
}

TEST(HttpServerSlowReader, is_dropped_and_its_source_stops) {
    serve({.write_idle = 200ms}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/endless"));
        const bool began = co_await comes_true([=] { return handler->seen.produced > 0; });
        EXPECT_TRUE(began);
        const bool dropped = co_await comes_true([=] { return server->connections() == 0; });
        EXPECT_TRUE(dropped);
        // No more than the kernel's buffers of both sides take.
        EXPECT_LT(handler->seen.produced, 32U * 1024 * 1024);
        bool reset = false;
        co_await peer->receive_rest(&reset);
        EXPECT_TRUE(reset);
    });
}

TEST(HttpServerSlowReader, is_kept_as_long_as_it_reads_at_all) {
    serve({.write_idle = 500ms}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/endless"));
        const auto until = Clock::now() + 1200ms;
        std::string some(4 * 1024 * 1024, '\0');
        while (Clock::now() < until) {
            const auto got = co_await read_some(&peer->socket, boost::asio::buffer(some), 10s);
            EXPECT_FALSE(got.error);
            if (got.error) break;
            co_await sleep_for(5ms);
        }
        EXPECT_EQ(server->connections(), 1U);
        EXPECT_GT(handler->seen.produced, 1024U * 1024);
    });
}

TEST(HttpServerStop, closes_idle_connections_at_once_and_lets_requests_end) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto fresh = co_await Peer::connect(server->port());
        const auto kept = co_await Peer::connect(server->port());
        co_await kept->ask(get("/"));
        const auto busy = co_await Peer::connect(server->port());
        co_await busy->send(get("/wait") + get("/pipelined"));
        const auto streaming = co_await Peer::connect(server->port());
        co_await streaming->send(get("/stream/waits"));
        const bool wait = co_await comes_true([=] { return handler->seen.inside == 2 && server->connections() == 4; });
        EXPECT_TRUE(wait);

        Scope stopping(executor);
        stopping.spawn(server->astop(10s));
        for (const auto* peer : {&fresh, &kept}) {
            const std::string rest = co_await (*peer)->receive_rest();
            EXPECT_EQ(rest, "");
        }
        EXPECT_EQ(server->requests(), 2U);
        handler->seen.release.set();
        const auto response = co_await busy->receive_response();
        EXPECT_EQ(response.body(), "GET /wait");
        EXPECT_FALSE(response.keep_alive());
        const std::string no_more = co_await busy->receive_rest();
        EXPECT_EQ(no_more, "");
        const std::string stream = co_await streaming->receive_rest();
        EXPECT_TRUE(stream.ends_with("0\r\n\r\n")) << stream;
        busy->socket.close();
        streaming->socket.close();
        co_await stopping.close(10s);
        EXPECT_EQ(server->connections(), 0U);
        EXPECT_EQ(handler->seen.handled, 3U);  // not the pipelined one
    });
}

TEST(HttpServerStop, cancels_what_does_not_end_in_time) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto port = server->port();
        const auto busy = co_await Peer::connect(port);
        co_await busy->send(get("/wait"));
        const auto partial = co_await Peer::connect(port);
        co_await partial->send("GET / HT");
        const auto reader = co_await Peer::connect(port);
        co_await reader->send(get("/stream/endless"));
        const bool wait =
            co_await comes_true([=] { return handler->seen.inside == 1 && handler->seen.produced > 0 && server->connections() == 3; });
        EXPECT_TRUE(wait);
        const auto began = Clock::now();
        co_await server->astop(100ms);
        EXPECT_GE(Clock::now() - began, 100ms);
        EXPECT_EQ(handler->seen.inside, 0);
        EXPECT_EQ(server->connections(), 0U);
        EXPECT_EQ(server->requests(), 0U);
        bool refused = false;
        try {
            co_await Peer::connect(port);
        } catch (const boost::system::system_error&) {
            refused = true;
        }
        EXPECT_TRUE(refused);
    });
}

Task<> leave_unstopped(TestHandler* handler) {
    const auto executor = co_await boost::asio::this_coro::executor;
    HttpServer server({.port = 0}, *handler, executor);
    Scope accepting(executor);
    accepting.spawn(server.arun());
    const auto idle = co_await Peer::connect(server.port());
    const auto waiting = co_await Peer::connect(server.port());
    co_await waiting->send(get("/wait"));
    const auto streaming = co_await Peer::connect(server.port());
    co_await streaming->send(get("/stream/waits"));
    const bool wait = co_await comes_true([=, &server] { return handler->seen.inside == 2 && server.connections() == 3; });
    EXPECT_TRUE(wait);
}

TEST(HttpServerStop, a_server_that_was_not_stopped_ends_with_its_loop) {
    TestHandler handler;
    {
        test::Run<void> run(leave_unstopped(&handler));
        while (!run.ended()) run.step(1);
        run.take();
    }
    EXPECT_EQ(handler.seen.inside, 0);
}

Task<> stop_accepting_only() {
    const auto executor = co_await boost::asio::this_coro::executor;
    TestHandler handler;
    HttpServer server({.port = 0}, handler, executor);
    Scope accepting(executor);
    accepting.spawn(server.arun());
    {
        const auto peer = co_await Peer::connect(server.port());
        const auto before = co_await peer->ask(get("/"));
        EXPECT_EQ(before.result_int(), 200U);
        co_await accepting.close(0s);
        const auto after = co_await peer->ask(get("/"));
        EXPECT_EQ(after.result_int(), 200U);
    }
    co_await server.astop(10s);
}

TEST(HttpServerStop, cancelling_the_accepting_leaves_the_connections) {
    test::run_task(stop_accepting_only());
}

}  // namespace
}  // namespace docmind
