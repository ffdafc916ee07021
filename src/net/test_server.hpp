#pragma once
// For tests: a server on a port of its own whose handler does what the path says.

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "net/http_server.hpp"
#include "net/test_peer.hpp"

namespace docmind::test {

/// What a handler did, and what it waits for.
struct Seen {
    std::size_t handled = 0;  ///< requests that reached the handler
    int inside = 0;           ///< handlers and streams that wait now
    int left = 0;             ///< ... and do no more
    std::size_t body_bytes = 0;
    std::size_t produced = 0;  ///< bytes pulled from a stream
    std::size_t largest_chunk = 0;
    std::vector<int> refused;
    Event release;             ///< ends the waiting
    std::optional<int> admit;  ///< the status of every answer, before the body
};

struct Visit {
    explicit Visit(Seen* s) : seen(s) { ++seen->inside; }
    ~Visit() {
        --seen->inside;
        ++seen->left;
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    Seen* seen;
};

/// Gives these pieces, and then ends, fails, waits or goes on for ever.
class TestStream final : public BodySource {
  public:
    enum class Then { end, fail, wait, repeat };
    TestStream(Seen* seen, std::vector<std::string> pieces, Then then) : seen_(seen), pieces_(std::move(pieces)), then_(then) {}

    Task<std::optional<std::string>> next() override {
        if (at_ == pieces_.size() && then_ == Then::repeat) at_ = 0;
        if (at_ == pieces_.size()) {
            if (then_ == Then::end) co_return std::nullopt;
            if (then_ == Then::fail) throw Error(errc::backend, "on purpose");
            const Visit visit(seen_);
            co_await seen_->release.wait();
            co_return std::nullopt;
        }
        seen_->produced += pieces_[at_].size();
        co_return pieces_[at_++];
    }

  private:
    Seen* seen_;
    std::vector<std::string> pieces_;
    Then then_;
    std::size_t at_ = 0;
};

class TestHandler final : public HttpHandler {
  public:
    Task<HttpResponse> handle(HttpRequest request) override {
        ++seen.handled;
        if (request.path == "/echo") {
            HttpResponse echoed = co_await echo(std::move(request));
            co_return echoed;
        }
        if (request.path == "/wait") {
            const Visit visit(&seen);
            co_await seen.release.wait();
        } else if (request.path == "/first-then-wait") {
            const auto first = co_await request.body->next();
            seen.body_bytes += first ? first->size() : 0;
            const Visit visit(&seen);
            co_await seen.release.wait();
        } else if (request.path == "/echo-then-stream") {
            co_await echo(std::move(request));
            co_return streamed("");
        } else if (request.path == "/throw") {
            throw Error(errc::internal, "on purpose");
        } else if (request.path.starts_with("/stream")) {
            co_return streamed(request.path.substr(7));
        } else if (request.path == "/nothing") {
            co_return HttpResponse{.status = 204};
        }
        co_return text(200, request.method + " " + request.path);
    }

    std::optional<HttpResponse> admit(const HttpRequest&) override {
        if (!seen.admit) return std::nullopt;
        return text(*seen.admit, "not admitted");
    }

    HttpResponse refuse(int status, errc, std::string_view detail, std::string_view) override {
        seen.refused.push_back(status);
        return text(status, std::string(detail));
    }

    Seen seen;

  private:
    static HttpResponse text(int status, std::string body) {
        return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
    }

    Task<HttpResponse> echo(HttpRequest request) {
        std::string all;
        try {
            while (request.body != nullptr) {
                if (request.content_length.value_or(0) > max_body) throw Error(errc::too_large, "");
                const auto chunk = co_await request.body->next();
                if (!chunk) break;
                seen.body_bytes += chunk->size();
                seen.largest_chunk = std::max(seen.largest_chunk, chunk->size());
                all += *chunk;
                if (all.size() > max_body) throw Error(errc::too_large, "");
            }
        } catch (const Error& error) {
            co_return text(error.code() == errc::too_large ? 413 : error.code() == errc::timeout ? 408 : 400, "failed");
        }
        co_return text(200, std::move(all));
    }

    HttpResponse streamed(const std::string& kind) {
        using Then = TestStream::Then;
        const auto make = [&](std::vector<std::string> pieces, Then then, std::optional<std::uint64_t> bytes = std::nullopt) {
            HttpResponse response;
            response.stream = std::make_unique<TestStream>(&seen, std::move(pieces), then);
            response.stream_bytes = bytes;
            return response;
        };
        if (kind == "/known") return make({"hello", " ", "world"}, Then::end, 11);
        if (kind == "/too-short") return make({"hello"}, Then::end, 11);
        if (kind == "/too-long") return make({"hello", " ", "world", "HTTP/1.1 200 OK\r\n\r\n"}, Then::end, 11);
        if (kind == "/fails") return make({"hello"}, Then::fail);
        if (kind == "/waits") return make({"hello"}, Then::wait);
        if (kind == "/endless") return make({std::string(64 * 1024, 'x')}, Then::repeat);
        return make({"hello", " ", "world"}, Then::end);
    }

    static constexpr std::size_t max_body = 1024 * 1024;
};

using Client = Task<> (*)(HttpServer* server, TestHandler* handler);

inline Task<> with_server(HttpServer::Params params, TestHandler* handler, Client client) {
    const auto executor = co_await boost::asio::this_coro::executor;
    params.port = 0;
    HttpServer server(params, *handler, executor);
    Scope accepting(executor);
    accepting.spawn(server.arun());
    std::exception_ptr failure;
    try {
        co_await client(&server, handler);
    } catch (...) {
        failure = std::current_exception();
    }
    handler->seen.release.set();
    co_await server.astop(std::chrono::seconds(5));
    co_await accepting.close(std::chrono::seconds(5));
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(server.requests(), 0U);
    EXPECT_EQ(handler->seen.inside, 0);
    if (failure) std::rethrow_exception(failure);
}

/// Runs a client against a server of its own. Nothing of either may be left when it has ended.
inline void serve(HttpServer::Params params, Client client) {
    TestHandler handler;
    run_task(with_server(std::move(params), &handler, client));
}

inline std::string get(const std::string& path, const std::string& fields = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

inline std::string post(const std::string& path, const std::string& body, const std::string& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string chunk(const std::string& bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

}  // namespace docmind::test
