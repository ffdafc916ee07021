// What the client makes of answers, whole ones and others.

#include <gtest/gtest.h>

#include "async/deadline.hpp"
#include "net/test_raw_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::comes_true;
using test::failure_of, test::ok, test::request_of, test::talk;
using test::Peer;
using test::RawServer;
using test::send_text, test::send_text_and_wait;

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Task<> receive_only(Peer* peer, RawServer* server) {
    co_await server->receive(peer);
    co_await peer->receive_rest();
}

/// How asking fails where this is the answer, and the connection ends after it.
Task<errc> code_of(HttpClient* client, RawServer* server, std::string answer) {
    server->text = std::move(answer);
    const auto failure = co_await failure_of(client, request_of(server->url()));
    EXPECT_TRUE(failure.sent);
    EXPECT_EQ(client->idle_connections(), 0U);
    co_return failure.code;
}

TEST(HttpResponse, is_the_same_however_it_is_cut) {
    talk({&send_text}, [](HttpClient* client, RawServer* server) -> Task<> {
        const std::string length = ok("hello world", "A: b\r\n");
        const std::string chunks = chunked + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: u\r\n\r\n";
        const std::string until_end = "HTTP/1.1 200 OK\r\n\r\nhello world";
        for (const std::string& text : {length, chunks, until_end}) {
            server->text = text;
            for (server->cut = 0; server->cut < text.size(); ++server->cut) {
                const auto response = co_await client->asend(request_of(server->url()));
                EXPECT_EQ(response.body, "hello world") << "cut at " << server->cut;
                EXPECT_EQ(response.status, 200);
            }
        }
    });
}

TEST(HttpResponse, that_comes_byte_by_byte_is_understood) {
    talk({[](Peer* peer, RawServer* server) -> Task<> {
             co_await server->receive(peer);
             for (const char byte : chunked + "5\r\nhello\r\n0\r\n\r\n") {
                 co_await peer->send(std::string(1, byte));
                 co_await yield_now();
             }
         }},
         [](HttpClient* client, RawServer* server) -> Task<> {
             const auto response = co_await client->asend(request_of(server->url()));
             EXPECT_EQ(response.body, "hello");
         });
}

TEST(HttpResponse, gives_its_body_as_it_comes) {
    talk({[](Peer* peer, RawServer* server) -> Task<> {
             co_await server->receive(peer);
             co_await peer->send(chunked + "5\r\nhello\r\n");
             co_await comes_true([=] { return server->cut == 1; });
             co_await peer->send("5\r\nworld\r\n0\r\n\r\n");
             co_await peer->receive_rest();
         }},
         [](HttpClient* client, RawServer* server) -> Task<> {
             const auto stream = co_await client->aopen(request_of(server->url()));
             EXPECT_EQ(stream->status(), 200);
             EXPECT_EQ(stream->headers().value("transfer-encoding"), "chunked");
             const auto first = co_await stream->next();
             EXPECT_EQ(first, "hello");
             server->cut = 1;
             const auto second = co_await stream->next();
             EXPECT_EQ(second, "world");
             const auto end = co_await stream->next();
             const auto after = co_await stream->next();
             EXPECT_FALSE(end || after);
             EXPECT_EQ(client->idle_connections(), 1U);
         });
}

TEST(HttpResponse, has_no_body_where_it_cannot_have_one) {
    talk({[](Peer* peer, RawServer* server) -> Task<> {
             for (const std::string head : {"200 OK\r\nContent-Length: 5", "204 No Content", "304 Not Modified\r\nContent-Length: 5",
                                            "200 OK\r\nContent-Length: 0"}) {
                 co_await server->receive(peer);
                 co_await peer->send("HTTP/1.1 " + head + "\r\n\r\n");
             }
             co_await peer->receive_rest();
         }},
         [](HttpClient* client, RawServer* server) -> Task<> {
             for (const int status : {200, 204, 304, 200}) {
                 const auto response = co_await client->asend(request_of(server->url(), server->requests.empty() ? "HEAD" : "GET"));
                 EXPECT_EQ(response.status, status);
                 EXPECT_EQ(response.body, "");
             }
             EXPECT_EQ(server->accepted, 1U);
         });
}

TEST(HttpResponse, comes_after_any_interim_ones) {
    talk({&send_text}, [](HttpClient* client, RawServer* server) -> Task<> {
        server->text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("hello");
        for (server->cut = 0; server->cut < server->text.size(); server->cut += 7) {
            const auto response = co_await client->asend(request_of(server->url()));
            EXPECT_EQ(response.body, "hello");
            EXPECT_EQ(response.headers.count("Link"), 0U);
        }
    });
}

TEST(HttpResponse, that_ends_early_is_an_error) {
    talk({&send_text}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string& whole : {ok("hello"), chunked + "5\r\nhello\r\n0\r\n\r\n"}) {
            for (std::size_t length = 1; length < whole.size(); length += 3) {
                const errc code = co_await code_of(client, server, whole.substr(0, length));
                EXPECT_EQ(code, errc::backend) << length;
            }
        }
    });
}

TEST(HttpResponse, that_is_malformed_is_an_error) {
    talk({&send_text}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string& text :
             {std::string("SSH-2.0-OpenSSH\r\n"), std::string("\r\n\r\n\r\n"), ok("x", "Content-Length: 2\r\n"),
              ok("x", "Transfer-Encoding: chunked\r\n"), ok("x", "A : b\r\n"), std::string("HTTP/1.1 99x OK\r\n\r\n"), chunked + "x\r\n",
              chunked + "5\r\nhelloworld", chunked + "11111111111111111\r\n", chunked + "1;" + std::string(100'000, 'x')}) {
            const errc code = co_await code_of(client, server, text);
            EXPECT_EQ(code, errc::backend) << text.substr(0, 200);
        }
    });
}

TEST(HttpResponse, that_is_compressed_is_refused) {
    talk({&send_text}, [](HttpClient* client, RawServer* server) -> Task<> {
        const errc code = co_await code_of(client, server, ok("x", "content-encoding: GZIP\r\n"));
        EXPECT_EQ(code, errc::backend);
        server->text = ok("x", "Content-Encoding: identity\r\n");
        const auto response = co_await client->asend(request_of(server->url()));
        EXPECT_EQ(response.body, "x");
    });
}

TEST(HttpResponse, whose_head_is_too_long_is_refused) {
    talk({&send_text_and_wait}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string end : {"", "\r\n\r\n"}) {
            const errc code = co_await code_of(client, server, "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x') + end);
            EXPECT_EQ(code, errc::backend);
        }
        server->text = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nA: " + std::string(60'000, 'x') + "\r\n\r\n";
        const auto response = co_await client->asend(request_of(server->url()));
        EXPECT_EQ(response.headers.value("a").size(), 60'000U);
    });
}

TEST(HttpResponse, larger_than_allowed_is_refused) {
    talk({&send_text_and_wait}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string& text : {ok(std::string(101, 'x')), chunked + "65\r\n" + std::string(101, 'x') + "\r\n"}) {
            server->text = text;
            auto request = request_of(server->url());
            request.max_body_bytes = 100;
            const auto failure = co_await failure_of(client, std::move(request));
            EXPECT_EQ(failure.code, errc::backend);
        }
        server->text = ok(std::string(100, 'x'), "Connection: close\r\n");
        auto request = request_of(server->url());
        request.max_body_bytes = 100;
        const auto response = co_await client->asend(std::move(request));
        EXPECT_EQ(response.body.size(), 100U);
    });
}

TEST(HttpResponse, that_does_not_begin_in_time_is_a_time_out) {
    talk({&receive_only}, [](HttpClient* client, RawServer* server) -> Task<> {
        auto request = request_of(server->url());
        request.timeouts.first_byte = 100ms;
        const auto failure = co_await failure_of(client, std::move(request));
        EXPECT_EQ(failure.code, errc::timeout);
        EXPECT_TRUE(failure.sent);
        const bool closed = co_await comes_true([=] { return server->ended == 1; }, test::at_once);
        EXPECT_TRUE(closed);
    });
}

TEST(HttpResponse, that_stops_is_a_time_out) {
    talk({&send_text_and_wait}, [](HttpClient* client, RawServer* server) -> Task<> {
        std::size_t asked = 0;
        for (const std::string text : {"HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
            server->text = text;
            auto request = request_of(server->url());
            request.timeouts.idle = 100ms;
            const auto failure = co_await failure_of(client, std::move(request));
            EXPECT_EQ(failure.code, errc::timeout) << text;
            ++asked;
            const bool closed = co_await comes_true([=] { return server->ended == asked; }, test::at_once);
            EXPECT_TRUE(closed);
        }
    });
}

TEST(HttpResponse, a_stream_that_is_dropped_closes_its_connection_at_once) {
    talk({&send_text_and_wait}, [](HttpClient* client, RawServer* server) -> Task<> {
        server->text = chunked + "5\r\nhello\r\n";
        auto stream = co_await client->aopen(request_of(server->url()));
        const auto first = co_await stream->next();
        EXPECT_EQ(first, "hello");
        stream.reset();
        const bool closed = co_await comes_true([=] { return server->ended == 1; }, test::at_once);
        EXPECT_TRUE(closed);
        EXPECT_EQ(client->idle_connections(), 0U);
    });
}

Task<> wait_for_more(ResponseStream* stream) {
    co_await stream->next();
    ADD_FAILURE() << "there is no more";
}

TEST(HttpResponse, a_stream_whose_reader_is_cancelled_closes_its_connection_at_once) {
    talk({&send_text_and_wait}, [](HttpClient* client, RawServer* server) -> Task<> {
        server->text = chunked + "5\r\nhello\r\n";
        const auto stream = co_await client->aopen(request_of(server->url()));
        co_await stream->next();
        const auto executor = co_await boost::asio::this_coro::executor;
        Scope reading(executor);
        reading.spawn(wait_for_more(stream.get()));
        co_await yield_now();
        co_await reading.close(0s);
        const bool closed = co_await comes_true([=] { return server->ended == 1; }, test::at_once);
        EXPECT_TRUE(closed);
    });
}

}  // namespace
}  // namespace docmind
