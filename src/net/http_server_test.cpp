#include "net/http_server.hpp"

#include <gtest/gtest.h>

#include <set>

#include "net/test_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::chunk, test::get, test::post, test::serve;
using test::comes_true;
using test::Peer;
using test::TestHandler;
namespace http = boost::beast::http;

TEST(HttpServer, answers_one_request_after_another_on_one_connection) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        std::set<std::string> ids;
        for (const std::string path : {"/a", "/b%20c", "/d?x=1"}) {
            const auto response = co_await peer->ask(get(path));
            EXPECT_EQ(response.result_int(), 200U);
            EXPECT_TRUE(response.keep_alive());
            EXPECT_TRUE(response[http::field::date].ends_with("GMT"));
            ids.insert(response["X-Request-Id"]);
            EXPECT_EQ(server->connections(), 1U);
        }
        EXPECT_EQ(ids.size(), 3U);
        const auto last = co_await peer->ask(get("/last", "Connection: close\r\n"));
        EXPECT_FALSE(last.keep_alive());
        const std::string rest = co_await peer->receive_rest();
        EXPECT_EQ(rest, "");
    });
}

TEST(HttpServer, answers_pipelined_requests_in_their_order) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/1") + post("/echo", "two") + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                            chunk("th") + chunk("ree") + "0\r\n\r\n" + post("/ignored", "body") + get("/stream") + get("/6"));
        for (const std::string body : {"GET /1", "two", "three", "POST /ignored", "hello world", "GET /6"}) {
            const auto response = co_await peer->receive_response();
            EXPECT_EQ(response.body(), body);
        }
    });
}

TEST(HttpServer, a_request_may_come_byte_by_byte) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        peer->socket.set_option(boost::asio::ip::tcp::no_delay(true));
        for (const char byte :
             post("/echo", "hello") + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("you") + "0\r\n\r\n") {
            co_await peer->send(std::string(1, byte));
        }
        const auto first = co_await peer->receive_response();
        const auto second = co_await peer->receive_response();
        EXPECT_EQ(first.body() + second.body(), "helloyou");
    });
}

TEST(HttpServer, a_response_to_head_has_the_length_and_no_body) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        for (const std::string path : {"/a", "/stream/known", "/stream/endless"}) {
            co_await peer->send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
            const auto response = co_await peer->receive_response(true);
            EXPECT_EQ(response.result_int(), 200U);
            EXPECT_EQ(response[http::field::content_length], path == "/a" ? "7" : path == "/stream/known" ? "11" : "");
        }
        EXPECT_EQ(handler->seen.produced, 0U);
        const auto next = co_await peer->ask(get("/next"));
        EXPECT_EQ(next.body(), "GET /next");
    });
}

TEST(HttpServer, an_answer_without_content_has_neither_length_nor_body) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto response = co_await peer->ask(get("/nothing"));
        EXPECT_EQ(response.result_int(), 204U);
        EXPECT_EQ(response.count(http::field::content_length) + response.count(http::field::transfer_encoding), 0U);
        const auto next = co_await peer->ask(get("/next"));
        EXPECT_EQ(next.body(), "GET /next");
    });
}

TEST(HttpServer, streams_in_chunks_or_with_a_known_length) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        for (const std::string path : {"/stream", "/stream/known"}) {
            const auto response = co_await peer->ask(get(path));
            EXPECT_EQ(response.body(), "hello world");
            EXPECT_EQ(response.chunked(), path == "/stream");
            EXPECT_EQ(response.has_content_length(), path == "/stream/known");
        }
    });
}

TEST(HttpServer, a_piece_of_a_stream_goes_out_before_the_next_is_there) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/waits"));
        co_await peer->receive_until(chunk("hello"));
        EXPECT_EQ(server->requests(), 1U);
        handler->seen.release.set();
        co_await peer->receive_until("0\r\n\r\n");
    });
}

TEST(HttpServer, a_stream_that_fails_ends_without_its_last_chunk) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/fails"));
        const std::string all = co_await peer->receive_rest();
        EXPECT_TRUE(all.ends_with(chunk("hello"))) << all;
    });
}

TEST(HttpServer, a_stream_that_does_not_keep_to_its_length_ends_the_connection) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/too-short"));
        std::string all = co_await peer->receive_rest();
        EXPECT_TRUE(all.ends_with("\r\n\r\nhello")) << all;

        peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/stream/too-long"));
        all = co_await peer->receive_rest();
        EXPECT_TRUE(all.ends_with("\r\n\r\nhello world")) << all;
    });
}

TEST(HttpServer, speaks_http_1_0_to_those_who_do) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        auto peer = co_await Peer::connect(server->port());
        co_await peer->send("GET /a HTTP/1.0\r\n\r\n");
        std::string all = co_await peer->receive_rest();
        EXPECT_TRUE(all.ends_with("\r\n\r\nGET /a")) << all;

        peer = co_await Peer::connect(server->port());
        for (int i = 0; i < 2; ++i) {
            const auto response = co_await peer->ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            EXPECT_EQ(response[http::field::connection], "keep-alive");
        }
        co_await peer->send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        all = co_await peer->receive_rest();
        EXPECT_TRUE(all.ends_with("\r\n\r\nhello world")) << all;
        EXPECT_EQ(all.find("ransfer-"), std::string::npos) << all;
    });
}

TEST(HttpServer, an_http_1_0_client_can_tell_a_failed_stream_from_a_whole_one) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send("GET /stream/fails HTTP/1.0\r\n\r\n");
        bool reset = false;
        co_await peer->receive_rest(&reset);
        EXPECT_TRUE(reset);
    });
}

TEST(HttpServer, a_handler_that_throws_loses_its_connection_only) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto other = co_await Peer::connect(server->port());
        const auto before = co_await other->ask(get("/before"));
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(get("/throw"));
        const std::string nothing = co_await peer->receive_rest();
        EXPECT_EQ(nothing, "");
        EXPECT_EQ(server->requests(), 0U);
        const auto after = co_await other->ask(get("/after"));
        EXPECT_EQ(after.body(), "GET /after");
    });
}

TEST(HttpServer, connections_over_the_most_are_told_to_come_again) {
    serve({.max_connections = 2}, [](HttpServer* server, TestHandler*) -> Task<> {
        auto first = co_await Peer::connect(server->port());
        auto second = co_await Peer::connect(server->port());
        for (const auto* peer : {&first, &second}) {
            const auto response = co_await (*peer)->ask(get("/"));
            EXPECT_EQ(response.result_int(), 200U);
        }
        const auto third = co_await Peer::connect(server->port());
        const auto refused = co_await third->ask(get("/"));
        EXPECT_EQ(refused.result_int(), 503U);
        EXPECT_FALSE(refused.keep_alive());
        const std::string rest = co_await third->receive_rest();
        EXPECT_EQ(rest, "");
        third->socket.close();
        first.reset();
        const bool room = co_await comes_true([=] { return server->connections() == 1; });
        EXPECT_TRUE(room);
        const auto fourth = co_await Peer::connect(server->port());
        const auto served = co_await fourth->ask(get("/"));
        EXPECT_EQ(served.result_int(), 200U);
    });
}

TEST(HttpServer, an_address_that_is_taken_or_none_is_said_so) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto code = [&](std::string address, std::uint16_t port) {
            try {
                const HttpServer second({.address = std::move(address), .port = port}, *handler, executor);
            } catch (const Error& error) {
                return error.code();
            }
            return errc::internal;
        };
        EXPECT_EQ(code("127.0.0.1", server->port()), errc::unavailable);
        EXPECT_EQ(code("203.0.113.1", 0), errc::unavailable);
        EXPECT_EQ(code("localhost", 0), errc::invalid_argument);
    });
}

}  // namespace
}  // namespace docmind
