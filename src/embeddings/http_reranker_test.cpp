#include "embeddings/http_reranker.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/test_support.hpp"
#include "embeddings/test_model_server.hpp"
#include "net/http_server.hpp"
#include "net/test_peer.hpp"

namespace docmind {
namespace {

using test::Failure;
using test::failure_of;

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// What a server of a kind understands and how it answers. A text's logit is its length - 100.
enum class Kind { jina, llama_server, tei };

double logit_of_text(const std::string& text) {
    return static_cast<double>(text.size()) - 100;
}

struct Reply {
    int status = 200;
    std::string body = {};  ///< empty: scores
    bool hang = false;
};

class RerankHandler final : public HttpHandler {
  public:
    Task<HttpResponse> handle(HttpRequest request) override {
        const std::string body = co_await read_all(request.body, request.content_length, 16 << 20);
        ++handled;
        inside_most = std::max(inside_most, ++inside);
        struct Leave {
            std::size_t* inside;
            ~Leave() { --*inside; }
        } const leave{&inside};
        authorization = std::string(request.headers.value("Authorization"));
        const Reply reply = reply_to(request.path, body);
        if (reply.hang) co_await never.wait();
        HttpResponse response{.status = reply.status, .body = reply.body};
        response.headers.add("Content-Type", "application/json");
        co_return response;
    }
    std::optional<HttpResponse> admit(const HttpRequest&) override { return std::nullopt; }
    HttpResponse refuse(int status, errc, std::string_view detail, std::string_view) override {
        return {.status = status, .body = std::string(detail)};
    }

    Kind kind = Kind::llama_server;
    std::deque<Reply> replies;    ///< to the next requests
    std::optional<Reply> always;  ///< to all others
    std::size_t max_text_bytes = 0;
    std::size_t handled = 0, inside = 0, inside_most = 0;
    std::string authorization;
    std::vector<std::vector<std::string>> asked;  ///< texts of each request that had a place
    Event never;

  private:
    Reply reply_to(const std::string& path, const std::string& body) {
        const boost::json::object parsed = boost::json::parse(body).as_object();
        if (kind == Kind::tei && path != "/rerank") return {.status = 404};
        if (kind == Kind::jina && path != "/v1/rerank") return {.status = 404};
        const char* key = kind == Kind::tei ? "texts" : "documents";
        if (!parsed.contains(key)) return {.status = 422, .body = R"({"error":"missing field"})"};
        std::vector<std::string> texts;
        for (const auto& text : parsed.at(key).as_array()) texts.emplace_back(text.as_string());
        asked.push_back(texts);
        if (!replies.empty() || always) {
            const Reply reply = replies.empty() ? *always : replies.front();
            if (!replies.empty()) replies.pop_front();
            if (reply.status != 200 || reply.hang || !reply.body.empty()) return reply;
        }
        for (const std::string& text : texts) {
            if (max_text_bytes > 0 && text.size() > max_text_bytes)
                return {.status = 500, .body = R"({"error":{"message":"input is too large to process"}})"};
        }
        boost::json::array entries;
        for (std::size_t i = texts.size(); i-- > 0;) {  // never in the order of the texts
            const double logit = logit_of_text(texts[i]);
            const double score = kind == Kind::jina ? 1 / (1 + std::exp(-logit)) : logit;
            entries.push_back({{"index", i}, {kind == Kind::tei ? "score" : "relevance_score", score}});
        }
        if (kind == Kind::tei) return {.body = boost::json::serialize(entries)};
        return {.body = boost::json::serialize(boost::json::object{{"model", "scripted"}, {"results", entries}})};
    }
};

struct World {
    RerankHandler handler;
    Executor executor;
    std::string url;

    [[nodiscard]] HttpReranker::Params params() const {
        HttpReranker::Params params{.base_url = url, .model = "scripted", .api_key = "secret-key"};
        params.timeout = 5'000ms;
        params.drain_limit = 50ms;
        params.retry.base = 1ms;
        return params;
    }
    Task<std::unique_ptr<HttpReranker>> connect(HttpReranker::Params params) {
        auto reranker = co_await HttpReranker::aconnect(std::move(params), executor);
        handler.asked.clear();
        handler.handled = 0;
        co_return reranker;
    }
};

using WorldTest = Task<> (*)(World* world);

void serve_rerank(WorldTest test) {
    World world;
    test::run_task(test::with_model_server(&world, test), 60s);
}

std::vector<std::string> texts_of(std::size_t count, std::size_t bytes = 95) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.emplace_back(bytes + i % 10, 'x');
    return texts;
}

Task<> expect_logits_of(World* world, Kind kind) {
    world->handler.kind = kind;
    const auto reranker = co_await world->connect(world->params());
    const std::vector<std::string> texts = texts_of(25);
    const std::vector<float> logits = co_await reranker->ascore("who?", texts, Clock::now() + 10s);
    EXPECT_EQ(logits.size(), texts.size());
    for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(logits[i], logit_of_text(texts[i]), 1e-3) << i;
    EXPECT_EQ(world->handler.authorization, "Bearer secret-key");
    EXPECT_EQ(reranker->model_id(), world->url.substr(7) + "/scripted");
    EXPECT_EQ(world->handler.handled, 3U) << "25 texts, 10 a request";
    EXPECT_LE(world->handler.inside_most, 2U);
    const std::vector<float> none = co_await reranker->ascore("who?", {}, Clock::now() + 10s);
    EXPECT_TRUE(none.empty());
}

TEST(HttpReranker, a_server_like_llama_server_gives_its_logits) {
    serve_rerank([](World* world) -> Task<> { co_await expect_logits_of(world, Kind::llama_server); });
}

TEST(HttpReranker, a_server_like_jina_and_cohere_gives_probabilities_which_become_logits) {
    serve_rerank([](World* world) -> Task<> { co_await expect_logits_of(world, Kind::jina); });
}

TEST(HttpReranker, a_server_like_text_embeddings_inference_is_found_at_its_own_place) {
    serve_rerank([](World* world) -> Task<> { co_await expect_logits_of(world, Kind::tei); });
}

TEST(HttpReranker, a_server_without_reranking_says_so_with_the_setting) {
    serve_rerank([](World* world) -> Task<> {
        world->handler.always = Reply{.status = 404, .body = R"({"error":"no such place"})"};
        const Failure failure = co_await failure_of(world->connect(world->params()));
        EXPECT_EQ(failure.code, errc::backend);
        EXPECT_THAT(failure.message, testing::AllOf(HasSubstr("no such place"), HasSubstr("reranker.model")));
        world->handler.always = Reply{.status = 401};
        const Failure key = co_await failure_of(world->connect(world->params()));
        EXPECT_EQ(key.code, errc::unavailable);
        EXPECT_THAT(key.message, HasSubstr("reranker.api_key"));
    });
}

TEST(HttpReranker, every_unusable_answer_is_a_backend_error_and_asked_once) {
    serve_rerank([](World* world) -> Task<> {
        const auto reranker = co_await world->connect(world->params());
        const std::vector<std::pair<Reply, std::string>> cases{
            {{.body = R"({"results":[{"index":0,"relevance_score":1}]})"}, "1 scores for 2 texts"},
            {{.body = R"({"results":[{"index":0,"relevance_score":1},{"index":9,"relevance_score":1}]})"}, "index 9 of 2"},
            {{.body = "<html>"}, "no JSON"},
            {{.body = R"({"error":{"message":"out of memory"}})"}, "out of memory"},
            {{.status = 400, .body = R"({"error":"no such option"})"}, "no such option"},
        };
        for (const auto& [reply, words] : cases) {
            world->handler.replies = {reply};
            const std::size_t before = world->handler.handled;
            const Failure failure = co_await failure_of(reranker->ascore("who?", {"a", "b"}, Clock::now() + 5s));
            EXPECT_EQ(to_string(failure.code), to_string(errc::backend)) << failure.message;
            EXPECT_THAT(failure.message, HasSubstr(words));
            EXPECT_EQ(world->handler.handled, before + 1);
        }
        const std::vector<float> again = co_await reranker->ascore("who?", {"a"}, Clock::now() + 5s);
        EXPECT_EQ(again.size(), 1U);
    });
}

TEST(HttpReranker, what_was_answered_before_the_deadline_counts) {
    serve_rerank([](World* world) -> Task<> {
        HttpReranker::Params params = world->params();
        params.slots = 1;
        const auto reranker = co_await world->connect(params);
        world->handler.replies = {Reply{}, Reply{.hang = true}};
        const std::vector<float> logits = co_await reranker->ascore("who?", texts_of(25), Clock::now() + 300ms);
        EXPECT_EQ(logits.size(), 10U);
        EXPECT_EQ(world->handler.handled, 2U) << "a request went out after the deadline";
    });
}

TEST(HttpReranker, a_server_that_always_hangs_costs_its_deadline_until_the_breaker_opens) {
    serve_rerank([](World* world) -> Task<> {
        HttpReranker::Params params = world->params();
        params.breaker.failures_to_open = 3;
        const auto reranker = co_await world->connect(params);
        world->handler.always = Reply{.hang = true};
        for (int i = 0; i < 3; ++i) {
            const Failure failure = co_await failure_of(reranker->ascore("who?", {"a"}, Clock::now() + 30ms));
            EXPECT_EQ(failure.code, errc::timeout);
            EXPECT_THAT(failure.message, HasSubstr("does not answer in time"));
        }
        const bool drained = co_await test::comes_true([&] { return reranker->slots_in_use() == 0; });
        EXPECT_TRUE(drained);
        const auto begin = Clock::now();
        const Failure open = co_await failure_of(reranker->ascore("who?", {"a"}, Clock::now() + 10s));
        EXPECT_EQ(open.code, errc::unavailable);
        EXPECT_THAT(open.message, HasSubstr("several times in a row"));
        EXPECT_LT(Clock::now() - begin, 2s);
        EXPECT_EQ(world->handler.handled, 3U);
    });
}

TEST(HttpReranker, a_busy_server_is_asked_again_but_not_behind_the_deadline) {
    serve_rerank([](World* world) -> Task<> {
        const auto reranker = co_await world->connect(world->params());
        world->handler.replies = {Reply{.status = 503}};
        const std::vector<float> logits = co_await reranker->ascore("who?", {"a"}, Clock::now() + 10s);
        EXPECT_EQ(logits.size(), 1U);
        EXPECT_EQ(world->handler.handled, 2U);
        HttpReranker::Params patient = world->params();
        patient.retry.base = patient.retry.cap = 1h;
        const auto slow = co_await world->connect(patient);
        world->handler.replies = {Reply{.status = 503}};
        const Failure failure = co_await failure_of(slow->ascore("who?", {"a"}, Clock::now() + 5s));
        EXPECT_EQ(failure.code, errc::unavailable);
    });
}

TEST(HttpReranker, texts_that_are_too_long_for_the_server_are_cut_at_whole_characters) {
    serve_rerank([](World* world) -> Task<> {
        const auto reranker = co_await world->connect(world->params());
        world->handler.max_text_bytes = 1000;
        std::string longest;
        while (longest.size() < 7001) longest += "\xC3\xA4";
        const std::vector<float> logits = co_await reranker->ascore("who?", {longest, "short"}, Clock::now() + 10s);
        EXPECT_EQ(logits.size(), 2U);
        const std::vector<std::string>& sent = world->handler.asked.back();
        EXPECT_TRUE(longest.starts_with(sent[0]));
        EXPECT_EQ(sent[0].size() % 2, 0U);
        EXPECT_GT(sent[0].size(), 500U);
        EXPECT_EQ(sent[1], "short");
        world->handler.max_text_bytes = 1;
        const Failure failure = co_await failure_of(reranker->ascore("who?", {longest}, Clock::now() + 10s));
        EXPECT_EQ(failure.code, errc::backend);
        EXPECT_LT(world->handler.handled, 20U);
    });
}

TEST(HttpReranker, texts_that_servers_refuse_or_misread_are_made_presentable) {
    serve_rerank([](World* world) -> Task<> {
        const auto reranker = co_await world->connect(world->params());
        co_await reranker->ascore("who\xFF?", {"", "a\xFF\"\n"}, Clock::now() + 10s);
        EXPECT_THAT(world->handler.asked.back(), ElementsAre(".", "a\xEF\xBF\xBD\"\n"));
    });
}

TEST(HttpReranker, cancellation_closes_the_connection_and_the_slot_drains) {
    serve_rerank([](World* world) -> Task<> {
        const auto reranker = co_await world->connect(world->params());
        world->handler.always = Reply{.hang = true};
        {
            Scope scope(world->executor);
            struct Ask {
                static Task<> it(HttpReranker* r) { co_await r->ascore("who?", texts_of(40), Clock::now() + 1h); }
            };
            scope.spawn(Ask::it(reranker.get()));
            const bool busy = co_await test::comes_true([&] { return world->handler.inside == 2; });
            EXPECT_TRUE(busy);
            co_await scope.close(0s);
        }
        const bool gone = co_await test::comes_true([&] { return world->handler.inside == 0 && reranker->slots_in_use() == 0; });
        EXPECT_TRUE(gone);
        EXPECT_EQ(world->handler.handled, 2U) << "requests go out after the cancellation";
    });
}

TEST(HttpReranker, settings_that_cannot_work_are_refused_by_name) {
    serve_rerank([](World* world) -> Task<> {
        HttpReranker::Params none = world->params();
        none.base_url.clear();
        const Failure address = co_await failure_of(world->connect(none));
        EXPECT_THAT(address.message, HasSubstr("reranker.base_url"));
        HttpReranker::Params idle = world->params();
        idle.slots = 0;
        const Failure slots = co_await failure_of(world->connect(idle));
        EXPECT_THAT(slots.message, HasSubstr("reranker.slots"));
        HttpReranker::Params away = world->params();
        away.base_url = "http://127.0.0.1:9";
        const Failure unreachable = co_await failure_of(world->connect(away));
        EXPECT_EQ(unreachable.code, errc::unavailable);
        EXPECT_THAT(unreachable.message, HasSubstr("127.0.0.1:9"));
    });
}

}  // namespace
}  // namespace docmind
