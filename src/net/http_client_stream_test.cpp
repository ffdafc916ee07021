// Bodies that are sent as they are pulled, and cancellation at every await of a request.

#include <gtest/gtest.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <thread>

#include "net/test_raw_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::answer_all, test::request_of, test::talk;
using test::comes_true;
using test::Peer;
using test::RawServer;

struct Pieces final : BodySource {
    explicit Pieces(std::vector<std::string> p, bool f = false) : pieces(std::move(p)), fails(f) {}
    Task<std::optional<std::string>> next() override {
        if (at == pieces.size() && fails) throw Error(errc::storage, "on purpose");
        if (at == pieces.size()) co_return std::nullopt;
        co_return pieces[at++];
    }
    std::vector<std::string> pieces;
    bool fails;
    std::size_t at = 0;
};

HttpClient::Request streaming(RawServer* server, std::shared_ptr<Pieces> body, std::uint64_t length, const std::string& method = "POST") {
    auto request = request_of(server->url(), method);
    request.body_stream = std::move(body);
    request.body_stream_bytes = length;
    return request;
}

Task<std::optional<errc>> code_of(HttpClient* client, HttpClient::Request request) {
    try {
        co_await client->asend(std::move(request));
    } catch (const Error& error) {
        co_return error.code();
    }
    co_return std::nullopt;
}

TEST(HttpClientStream, sends_a_body_as_it_is_pulled_whatever_the_method) {
    talk({&answer_all}, [](HttpClient* client, RawServer* server) -> Task<> {
        for (const std::string method : {"POST", "PUT", "PATCH"}) {
            const auto response = co_await client->asend(
                streaming(server, std::make_shared<Pieces>(std::vector<std::string>{"hello", " ", "world"}), 11, method));
            EXPECT_EQ(response.status, 200);
            EXPECT_TRUE(server->requests.back().starts_with(method));
            EXPECT_TRUE(server->requests.back().contains("\r\nContent-Length: 11\r\n"));
            EXPECT_TRUE(server->requests.back().ends_with("\r\n\r\nhello world"));
        }
        EXPECT_EQ(client->idle_connections(), 3U);  // none of them took a kept one
    });
}

TEST(HttpClientStream, a_body_that_fails_or_lies_about_its_length_ends_the_request) {
    talk({[](Peer* peer, RawServer*) -> Task<> { co_await peer->receive_rest(); }}, [](HttpClient* client, RawServer* server) -> Task<> {
        const std::vector<std::string> pieces{"hello", "world"};
        const auto failed = co_await code_of(client, streaming(server, std::make_shared<Pieces>(pieces, true), 20));
        EXPECT_EQ(failed, errc::storage);
        const auto too_short = co_await code_of(client, streaming(server, std::make_shared<Pieces>(pieces), 11));
        EXPECT_EQ(too_short, errc::invalid_argument);
        const auto too_long = co_await code_of(client, streaming(server, std::make_shared<Pieces>(pieces), 9));
        EXPECT_EQ(too_long, errc::invalid_argument);
        const bool closed = co_await comes_true([=] { return server->ended == 3; }, test::at_once);
        EXPECT_TRUE(closed);
    });
}

TEST(HttpClientStream, a_server_that_takes_no_more_may_say_why) {
    talk({[](Peer* peer, RawServer* server) -> Task<> {
             co_await peer->receive_until("\r\n\r\n");
             co_await peer->send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nwhy");
             co_await comes_true([=] { return server->cut == 1; });
         }},
         [](HttpClient* client, RawServer* server) -> Task<> {
             const auto body = std::make_shared<Pieces>(std::vector<std::string>(512, std::string(64 * 1024, 'x')));
             auto request = streaming(server, body, 512 * 64 * 1024);
             request.timeouts.write = 100ms;
             const auto response = co_await client->asend(std::move(request));
             EXPECT_EQ(response.status, 413);
             EXPECT_EQ(response.body, "why");
             EXPECT_LT(body->at, 512U);
             // The server still waits for the rest of that body.
             EXPECT_EQ(client->idle_connections(), 0U);
             server->cut = 1;
         });
}

/// Answers one connection after another on a thread of its own, in pieces.
class ThreadServer {
  public:
    ThreadServer() : thread_([this] { run(); }) {}
    ~ThreadServer() {
        stop_ = true;
        boost::asio::io_context io;
        TcpSocket last(io);
        last.connect(acceptor_.local_endpoint());
        last.close();
        thread_.join();
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/"; }

  private:
    void run() {
        while (!stop_) {
            boost::system::error_code ended;
            TcpSocket socket = acceptor_.accept();
            std::string request;
            while (!ended) {
                const std::size_t head = boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", ended);
                request.erase(0, head);
                for (const std::string_view piece :
                     {"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "lo\r\n0\r\n\r\n"}) {
                    if (!ended) boost::asio::write(socket, boost::asio::buffer(piece), ended);
                }
            }
        }
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

Task<std::string> ask_twice(std::string url) {
    const auto executor = co_await boost::asio::this_coro::executor;
    HttpClient client(executor);
    std::string all;
    for (int i = 0; i < 2; ++i) {
        const auto response = co_await client.asend(request_of(url));
        all += response.body;
    }
    EXPECT_EQ(client.idle_connections(), 1U);
    co_return all;
}

TEST(HttpClientStream, a_request_may_be_cancelled_at_every_await) {
    const ThreadServer server;
    EXPECT_EQ(test::run_task(ask_twice(server.url())), "hellohello");
    const auto make_task = [&] { return ask_twice(server.url()); };
    EXPECT_GT(test::cancel_at_every_await(make_task).cancelled, 5U);
    EXPECT_GT(test::destroy_at_every_await(make_task), 5U);
}

}  // namespace
}  // namespace docmind
