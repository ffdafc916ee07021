#pragma once
// For tests: a server of /v1/embeddings on a real socket that does what the test says.

#include <docmind/error.hpp>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cmath>
#include <deque>
#include <exception>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "embeddings/openai_embedding.hpp"
#include "embeddings/test_model_server.hpp"
#include "net/http_server.hpp"
#include "net/test_peer.hpp"

namespace docmind::test {

/// What the server says to one request.
struct Reply {
    int status = 200;
    std::string body = {};  ///< empty: vectors for the texts
    HttpFields headers = {};
    bool hang = false;    ///< nothing, until the client goes away
    bool broken = false;  ///< the connection ends inside the body
};

/// The vector of a text: of length 5, {4, 3, 0, ...} but rotated by the text's length.
inline std::vector<double> vector_of(const std::string& text, std::size_t dimension) {
    std::vector<double> vector(dimension, 0.0);
    vector[text.size() % dimension] = 4;
    vector[(text.size() + 1) % dimension] = 3;
    return vector;
}

class BrokenBody final : public BodySource {
  public:
    Task<std::optional<std::string>> next() override {
        if (std::exchange(begun_, true)) throw Error(errc::backend, "on purpose");
        co_return R"({"data":[{"index":0,"embed)";
    }

  private:
    bool begun_ = false;
};

class EmbeddingHandler final : public HttpHandler {
  public:
    Task<HttpResponse> handle(HttpRequest request) override {
        std::string body = co_await read_all(request.body, request.content_length, 16 << 20);
        const Inside inside(this);
        ++handled;
        paths.push_back(request.path);
        authorization = std::string(request.headers.value("Authorization"));
        Reply reply = next_reply(body);
        if (latency.count() > 0) co_await sleep_for(latency);
        if (reply.hang) co_await never.wait();
        HttpResponse response{.status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
        response.headers.add("Content-Type", "application/json");
        if (reply.broken) response.stream = std::make_unique<BrokenBody>();
        co_return response;
    }
    std::optional<HttpResponse> admit(const HttpRequest&) override { return std::nullopt; }
    HttpResponse refuse(int status, errc, std::string_view detail, std::string_view) override {
        return {.status = status, .body = std::string(detail)};
    }

    std::deque<Reply> replies;    ///< to the next requests
    std::optional<Reply> always;  ///< to all others; nullopt: vectors
    std::chrono::milliseconds latency{0};
    std::size_t dimension = 8;
    std::size_t max_text_bytes = 0;  ///< longer ones are refused as text-embeddings-inference does; 0: none
    bool knows_base64 = false;       ///< else it is a request with an unknown option
    bool backwards = false;          ///< the last vector first
    std::string canned;              ///< after the replies, sent whatever was asked

    std::size_t handled = 0;
    std::size_t inside_now = 0;
    std::size_t inside_most = 0;
    std::size_t left = 0;  ///< requests that were answered or abandoned
    std::string authorization;
    std::vector<std::string> paths;
    std::vector<std::vector<std::string>> inputs;  ///< the texts of each request
    std::string last_body;
    Event never;

  private:
    struct Inside {
        explicit Inside(EmbeddingHandler* h) : handler(h) { handler->inside_most = std::max(handler->inside_most, ++handler->inside_now); }
        ~Inside() {
            --handler->inside_now;
            ++handler->left;
        }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;
        EmbeddingHandler* handler;
    };

    Reply next_reply(std::string& body) {
        if (!canned.empty() && replies.empty()) return {.body = canned};
        std::vector<std::string> texts;
        const boost::json::value parsed = boost::json::parse(body);
        for (const auto& text : parsed.at("input").as_array()) texts.emplace_back(text.as_string());
        last_body = std::move(body);
        inputs.push_back(texts);
        std::optional<Reply> reply = always;
        if (!replies.empty()) {
            reply = std::move(replies.front());
            replies.pop_front();
        }
        if (!knows_base64 && parsed.at("encoding_format").as_string() != "float")
            return {.status = 400, .body = R"({"error":"what is base64?"})"};
        if (reply && (reply->hang || reply->broken || !reply->body.empty() || reply->status != 200)) return *reply;
        for (const std::string& text : texts) {
            if (max_text_bytes == 0 || text.size() <= max_text_bytes) continue;
            return {.status = 413, .body = R"({"error":"`inputs` must have less than 512 tokens","error_type":"Validation"})"};
        }
        return {.body = vectors(texts)};
    }

    std::string vectors(const std::vector<std::string>& texts) const {
        boost::json::array data;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::size_t index = backwards ? texts.size() - 1 - i : i;
            data.push_back(
                {{"object", "embedding"}, {"index", index}, {"embedding", boost::json::value_from(vector_of(texts[index], dimension))}});
        }
        return boost::json::serialize(boost::json::object{{"object", "list"}, {"data", std::move(data)}, {"model", "scripted"}});
    }
};

/// What a test talks to.
struct EmbeddingWorld {
    EmbeddingHandler handler;
    Pool pool{{.name = "test", .threads = 2}};
    Executor executor;
    std::string url;

    [[nodiscard]] OpenAIEmbedding::Params params() const {
        OpenAIEmbedding::Params params{.base_url = url, .model = "scripted", .api_key = "secret-key"};
        params.query_timeout = params.timeout = std::chrono::milliseconds(5'000);
        params.drain_limit = std::chrono::milliseconds(100);
        params.retry.base = std::chrono::milliseconds(1);
        return params;
    }
    Task<std::unique_ptr<OpenAIEmbedding>> connect(OpenAIEmbedding::Params params) {
        auto embedding = co_await OpenAIEmbedding::aconnect(std::move(params), &pool, executor);
        handler.inputs.clear();
        handler.handled = handler.left = 0;
        co_return embedding;
    }
};

/// The server on a thread of its own, as a server is in life: it takes no time from the loop that is measured. The handler belongs to that
/// thread while this lives.
class EmbeddingServerThread {
  public:
    explicit EmbeddingServerThread(EmbeddingHandler* handler) : server_({.port = 0}, *handler, io_.get_executor()) {
        boost::asio::co_spawn(io_, server_.arun(), [](std::exception_ptr) {});
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~EmbeddingServerThread() { io_.stop(); }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  private:
    boost::asio::io_context io_{1};
    HttpServer server_;
    std::jthread thread_;
};

using EmbeddingTest = Task<> (*)(EmbeddingWorld* world);

/// Runs a test against a server of its own.
inline void serve_embeddings(EmbeddingTest test) {
    EmbeddingWorld world;
    run_task(with_model_server(&world, test), std::chrono::seconds(60));
}

}  // namespace docmind::test
