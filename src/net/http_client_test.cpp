#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include "net/test_raw_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::answer_all, test::failure_of, test::ok, test::request_of, test::talk;
using test::comes_true;
using test::Peer;
using test::RawServer;

/// Reads a request and closes without a word.
Task<> read_and_close(Peer* peer, RawServer* server) {
    co_await server->receive(peer);
}

Task<> answer_once(Peer* peer, RawServer* server) {
    co_await server->receive(peer);
    co_await peer->send(ok("once"));
}

/// Answers once, and closes when the second request has come.
Task<> close_on_second(Peer* peer, RawServer* server) {
    co_await answer_once(peer, server);
    co_await server->receive(peer);
}

TEST(HttpClient, sends_what_was_asked_and_gives_the_whole_answer) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        auto request = request_of(server->url("/v1/x?y=z#part"), "POST", "hello");
        request.headers = {{"Content-Type", "text/plain"}, {"X-Odd", ""}};
        const auto response = co_await client->asend(std::move(request));
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "answer 1");
        EXPECT_EQ(response.headers.value("content-length"), "8");
        const std::string host = server->url("").substr(7);
        EXPECT_EQ(server->requests.at(0), "POST /v1/x?y=z HTTP/1.1\r\nHost: " + host +
                                              "\r\nUser-Agent: docmind\r\nAccept-Encoding: identity\r\nContent-Length: 5\r\n"
                                              "Content-Type: text/plain\r\nX-Odd: \r\n\r\nhello");
        co_await client->asend(request_of(server->url("")));
        EXPECT_TRUE(server->requests.at(1).starts_with("GET / HTTP/1.1\r\n"));
        EXPECT_FALSE(server->requests.at(1).contains("Content-Length"));
    });
}

TEST(HttpClient, uses_a_connection_again) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (int i = 0; i < 3; ++i) {
            co_await client->asend(request_of(server->url(), i == 1 ? "POST" : "GET"));
            EXPECT_EQ(client->idle_connections(), 1U);
        }
        EXPECT_EQ(server->accepted, 1U);
    });
}

TEST(HttpClient, keeps_as_many_connections_as_it_may_and_as_long) {
    talk({&answer_all},
         [](HttpClient* client, RawServer* server) -> Task<> {
             auto first = co_await client->aopen(request_of(server->url()));
             auto second = co_await client->aopen(request_of(server->url()));
             for (auto* stream : {&first, &second}) {
                 const auto body = co_await (*stream)->next();
                 const auto end = co_await (*stream)->next();
                 EXPECT_TRUE(body && !end);
             }
             EXPECT_EQ(client->idle_connections(), 1U);
             co_await sleep_for(60ms);
             co_await client->asend(request_of(server->url()));
             EXPECT_EQ(server->accepted, 3U);
         },
         {.max_idle_per_host = 1, .idle_expiry = 50ms});
}

TEST(HttpClient, does_not_keep_a_connection_that_the_server_ends_or_fills) {
    talk({[](Peer* peer, RawServer* server) -> Task<> {
              co_await server->receive(peer);
              co_await peer->send(ok("x", "Connection: close\r\n"));
              co_await peer->receive_rest();
          },
          [](Peer* peer, RawServer* server) -> Task<> {
              co_await server->receive(peer);
              co_await peer->send(ok("x") + ok("nobody asked"));
              co_await peer->receive_rest();
          }},
         [](HttpClient* client, RawServer* server) -> Task<> {
             for (int i = 0; i < 2; ++i) {
                 const auto response = co_await client->asend(request_of(server->url()));
                 EXPECT_EQ(response.body, "x");
                 EXPECT_EQ(client->idle_connections(), 0U);
             }
         });
}

TEST(HttpClient, replaces_a_kept_connection_that_the_server_has_closed) {
    talk({&answer_once, &answer_once, &answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string method : {"GET", "POST", "POST"}) {
            const auto response = co_await client->asend(request_of(server->url(), method));
            EXPECT_EQ(response.status, 200);
            const std::size_t connections = server->accepted;
            if (connections == 3) break;
            const bool closed = co_await comes_true([=] { return server->ended == connections; });
            EXPECT_TRUE(closed);
        }
        EXPECT_EQ(server->accepted, 3U);
        EXPECT_EQ(server->requests.size(), 3U);
    });
}

TEST(HttpClient, asks_again_where_a_kept_connection_ends_under_a_get) {
    talk({&close_on_second, &answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        co_await client->asend(request_of(server->url()));
        const auto response = co_await client->asend(request_of(server->url()));
        EXPECT_EQ(response.body, "answer 3");
        EXPECT_EQ(server->accepted, 2U);
    });
}

TEST(HttpClient, does_not_repeat_a_post_that_may_have_arrived) {
    talk({&close_on_second, &answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        co_await client->asend(request_of(server->url()));
        const auto failure = co_await failure_of(client, request_of(server->url(), "POST", "pay"));
        EXPECT_EQ(failure.code, errc::unavailable);
        EXPECT_TRUE(failure.sent);
        EXPECT_EQ(server->accepted, 1U);
        EXPECT_EQ(server->requests.size(), 2U);
    });
}

TEST(HttpClient, does_not_ask_again_on_a_new_connection) {
    talk({&read_and_close}, [](HttpClient* client, RawServer* server) -> Task<> {
        const auto failure = co_await failure_of(client, request_of(server->url()));
        EXPECT_EQ(failure.code, errc::backend);
        EXPECT_TRUE(failure.sent);
        EXPECT_EQ(server->accepted, 1U);
    });
}

TEST(HttpClient, a_refused_connection_has_sent_nothing) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        const std::string url = server->url();
        server->acceptor.close();
        const auto failure = co_await failure_of(client, request_of(url, "POST", "x"));
        EXPECT_EQ(failure.code, errc::unavailable);
        EXPECT_FALSE(failure.sent);
    });
}

TEST(HttpClient, a_name_that_nobody_knows_is_unavailable) {
    talk({&answer_all}, [](HttpClient* client, RawServer*) -> Task<> {
        auto request = request_of("http://docmind-test.invalid/");
        request.timeouts.resolve = 500ms;
        const auto failure = co_await failure_of(client, std::move(request));
        EXPECT_EQ(failure.code, errc::unavailable);
        EXPECT_FALSE(failure.sent);
    });
}

TEST(HttpClient, localhost_needs_no_resolver) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        auto request = request_of("http://LOCALHOST" + server->url().substr(16));
        request.timeouts.resolve = 0ms;
        const auto response = co_await client->asend(std::move(request));
        EXPECT_EQ(response.status, 200);
    });
}

TEST(HttpClient, has_a_limit_of_connections_in_use) {
    talk({&answer_all},
         [](HttpClient* client, RawServer* server) -> Task<> {
             auto first = co_await client->aopen(request_of(server->url()));
             const auto second = co_await client->aopen(request_of(server->url()));
             const auto failure = co_await failure_of(client, request_of(server->url()));
             EXPECT_EQ(failure.code, errc::overloaded);
             EXPECT_FALSE(failure.sent);
             first.reset();
             const auto response = co_await client->asend(request_of(server->url()));
             EXPECT_EQ(response.status, 200);
         },
         {.max_connections_per_host = 2});
}

TEST(HttpClient, refuses_addresses_it_cannot_ask_and_keeps_their_passwords_to_itself) {
    talk({&answer_all}, [](HttpClient* client, RawServer*) -> Task<> {
        for (const std::string url : {"", "/path", "https://127.0.0.1/", "ftp://127.0.0.1/", "http://", "http:///x", "http://127.0.0.1:0/",
                                      "http://127.0.0.1:70000/", "http://127.0.0.1:x/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
                                      "http://me:secret@127.0.0.1/", "https://me:secret@127.0.0.1/", "http://me:secret@127.0.0.1:x/",
                                      "http://me:sec ret@127.0.0.1/"}) {
            const auto failure = co_await failure_of(client, request_of(url));
            EXPECT_EQ(failure.code, errc::invalid_argument) << url;
            EXPECT_FALSE(failure.sent) << url;
            EXPECT_FALSE(failure.message.contains("sec")) << failure.message;
        }
    });
}

TEST(HttpClient, refuses_header_fields_that_would_begin_another) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        const std::pair<std::string, std::string> bad[] = {{"A", "b\r\nC: d"}, {"A", "b\n"}, {"A", std::string("\0", 1)},
                                                           {"A: b\r\nC", "d"}, {"A ", "b"},  {"", "b"}};
        for (const auto& [name, value] : bad) {
            auto request = request_of(server->url());
            request.headers.add(name, value);
            const auto failure = co_await failure_of(client, std::move(request));
            EXPECT_EQ(failure.code, errc::invalid_argument) << name;
            EXPECT_FALSE(failure.sent);
        }
        EXPECT_EQ(server->accepted, 0U);
    });
}

}  // namespace
}  // namespace docmind
