#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "net/test_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::chunk, test::get, test::post, test::serve;
using test::comes_true;
using test::Peer;
using test::TestHandler;

std::string chunked(const std::string& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string head_of_post(const std::string& path, std::size_t length, const std::string& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST(HttpServerBody, reaches_the_handler_while_it_comes) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(head_of_post("/echo", 10) + "hello");
        const bool first = co_await comes_true([=] { return handler->seen.body_bytes == 5; });
        EXPECT_TRUE(first);
        const auto response = co_await peer->ask("world");
        EXPECT_EQ(response.body(), "helloworld");

        co_await peer->send(chunked("/echo") + chunk("abc"));
        const bool second = co_await comes_true([=] { return handler->seen.body_bytes == 13; });
        EXPECT_TRUE(second);
        const auto next = co_await peer->ask(chunk("def") + "0\r\n\r\n");
        EXPECT_EQ(next.body(), "abcdef");
    });
}

TEST(HttpServerBody, comes_in_pieces_of_at_most_64_kibibytes) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const std::string body(1024 * 1024, 'x');
        const auto response = co_await peer->ask(post("/echo", body));
        EXPECT_EQ(response.body().size(), body.size());
        EXPECT_LE(handler->seen.largest_chunk, 64U * 1024);
    });
}

TEST(HttpServerBody, the_client_is_told_to_go_on_when_the_body_is_wanted) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        co_await peer->send(head_of_post("/echo", 5, "Expect: 100-continue\r\n"));
        const std::string interim = co_await peer->receive_until("\r\n\r\n");
        EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
        const auto response = co_await peer->ask("hello" + get("/next"));
        EXPECT_EQ(response.body(), "hello");
        const auto next = co_await peer->receive_response();
        EXPECT_EQ(next.body(), "GET /next");
    });
}

TEST(HttpServerBody, the_client_is_not_told_to_go_on_when_the_body_is_not_wanted) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        handler->seen.admit = 413;
        for (const std::string path : {"/echo", "/ignored"}) {
            const auto peer = co_await Peer::connect(server->port());
            const auto response = co_await peer->ask(head_of_post(path, 5, "Expect: 100-continue\r\n"));
            EXPECT_EQ(response.result_int(), path == "/echo" ? 413U : 200U);
            // Whether the body comes now cannot be known.
            EXPECT_FALSE(response.keep_alive());
            const std::string rest = co_await peer->receive_rest();
            EXPECT_EQ(rest, "");
            EXPECT_EQ(handler->seen.handled, path == "/echo" ? 0U : 1U);
            handler->seen.admit.reset();
        }
    });
}

TEST(HttpServerBody, one_over_the_limit_is_refused_before_it_comes) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto response = co_await peer->ask(head_of_post("/echo", 2'000'000'000, "Expect: 100-continue\r\n"));
        EXPECT_EQ(response.result_int(), 413U);
        EXPECT_EQ(handler->seen.body_bytes, 0U);
    });
}

TEST(HttpServerBody, one_of_unknown_length_over_the_limit_is_refused_while_it_comes) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        // A client that sends all of it before it looks at the answer gets that answer nevertheless.
        std::string request = chunked("/echo");
        for (int i = 0; i < 64; ++i) request += chunk(std::string(64 * 1024, 'x'));
        const auto response = co_await peer->ask(request);
        EXPECT_EQ(response.result_int(), 413U);
        EXPECT_FALSE(response.keep_alive());
        EXPECT_LT(handler->seen.body_bytes, 1024U * 1024 + 64 * 1024 + 1);
        co_await peer->receive_rest();
    });
}

TEST(HttpServerBody, one_that_nobody_reads_is_read_away_where_it_is_small) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto small = co_await peer->ask(post("/ignored", std::string(100'000, 'x')));
        EXPECT_TRUE(small.keep_alive());
        const auto next = co_await peer->ask(get("/next"));
        EXPECT_EQ(next.body(), "GET /next");
        const auto large = co_await peer->ask(post("/ignored", std::string(3'000'000, 'x')));
        EXPECT_EQ(large.body(), "POST /ignored");
        EXPECT_FALSE(large.keep_alive());
        co_await peer->receive_rest();
    });
}

TEST(HttpServerBody, one_that_stops_coming_is_a_time_out_for_the_handler) {
    serve({.body_idle = 100ms}, [](HttpServer* server, TestHandler*) -> Task<> {
        for (const std::string& request : {head_of_post("/echo", 10) + "hello", chunked("/echo") + "5\r\nhel"}) {
            const auto peer = co_await Peer::connect(server->port());
            const auto response = co_await peer->ask(request);
            EXPECT_EQ(response.result_int(), 408U);
            EXPECT_FALSE(response.keep_alive());
            const std::string rest = co_await peer->receive_rest();
            EXPECT_EQ(rest, "");
        }
    });
}

TEST(HttpServerBody, malformed_chunks_are_an_error_for_the_handler) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto response = co_await peer->ask(chunked("/echo") + "5\r\nhelloGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(response.result_int(), 400U);
        const std::string rest = co_await peer->receive_rest();
        EXPECT_EQ(rest, "");
    });
}

TEST(HttpServerBody, one_that_failed_may_be_answered_with_a_stream) {
    serve({}, [](HttpServer* server, TestHandler*) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto response = co_await peer->ask(chunked("/echo-then-stream") + "malformed\r\n");
        EXPECT_EQ(response.body(), "hello world");
        const std::string rest = co_await peer->receive_rest();
        EXPECT_EQ(rest, "");
    });
}

TEST(HttpServerHead, what_cannot_be_understood_is_refused_and_the_connection_ends) {
    serve({}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const std::string both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
        std::string many;
        for (int i = 0; i < 100; ++i) many += "A: b\r\n";
        const std::pair<int, std::string> cases[] = {{414, get("/" + std::string(8192, 'x'))},
                                                     {431, get("/", "A: " + std::string(8192, 'x') + "\r\n")},
                                                     {431, get("/", many)},
                                                     {400, both + "0\r\n\r\n" + get("/smuggled")},
                                                     {400, "GET / HTTP/1.1\nHost: a\n\n" + get("/smuggled")},
                                                     {501, get("/", "Transfer-Encoding: gzip, chunked\r\n")},
                                                     {505, "GET / HTTP/2.0\r\n\r\n"}};
        for (const auto& [status, request] : cases) {
            const auto peer = co_await Peer::connect(server->port());
            const auto response = co_await peer->ask(request);
            EXPECT_EQ(response.result_int(), static_cast<unsigned>(status));
            EXPECT_FALSE(response.keep_alive());
            const std::string rest = co_await peer->receive_rest();
            EXPECT_EQ(rest, "");
            EXPECT_EQ(handler->seen.refused.back(), status);
        }
        EXPECT_EQ(handler->seen.handled, 0U);
    });
}

TEST(HttpServerHead, one_that_does_not_come_in_time_is_refused) {
    serve({.head_timeout = 100ms}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto peer = co_await Peer::connect(server->port());
        const auto first = co_await peer->ask("GET / HT");
        EXPECT_EQ(first.result_int(), 408U);
        const std::string rest = co_await peer->receive_rest();
        EXPECT_EQ(rest, "");
        // Nor does it help to send a little now and then; and the second request of a connection has no more time than the first.
        const auto slow = co_await Peer::connect(server->port());
        const auto served = co_await slow->ask(get("/"));
        EXPECT_EQ(served.result_int(), 200U);
        for (int i = 0; i < 300 && handler->seen.refused.size() == 1; ++i) {
            co_await slow->send("G");
            co_await sleep_for(20ms);
        }
        const auto second = co_await slow->receive_response();
        EXPECT_EQ(second.result_int(), 408U);
    });
}

TEST(HttpServerHead, a_connection_without_a_request_ends_without_a_word) {
    serve({.head_timeout = 100ms, .keep_alive = 50ms}, [](HttpServer* server, TestHandler* handler) -> Task<> {
        const auto silent = co_await Peer::connect(server->port());
        const std::string nothing = co_await silent->receive_rest();
        EXPECT_EQ(nothing, "");
        const auto kept = co_await Peer::connect(server->port());
        const auto response = co_await kept->ask(get("/"));
        EXPECT_TRUE(response.keep_alive());
        const std::string rest = co_await kept->receive_rest();
        EXPECT_EQ(rest, "");
        EXPECT_TRUE(handler->seen.refused.empty());
    });
}

TEST(ReadAll, takes_a_body_up_to_its_limit) {
    struct Twice final : BodySource {
        int left = 2;
        Task<std::optional<std::string>> next() override {
            if (left-- > 0) co_return "hello";
            co_return std::nullopt;
        }
    };
    const auto read = [](std::optional<std::uint64_t> length, std::size_t limit, Twice* body) {
        return test::run_task(read_all(body, length, limit));
    };
    Twice whole, long_one, never_read;
    EXPECT_EQ(read(std::nullopt, 10, &whole), "hellohello");
    EXPECT_THROW(read(std::nullopt, 9, &long_one), Error);
    EXPECT_THROW(read(10, 9, &never_read), Error);
    EXPECT_EQ(never_read.left, 2);
    EXPECT_EQ(read(std::nullopt, 0, nullptr), "");
}

}  // namespace
}  // namespace docmind
