#include "embeddings/openai_embedding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "async/when_all.hpp"
#include "embeddings/test_embedding_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::EmbeddingWorld;
using test::Failure;
using test::failure_of;
using test::Reply;
using test::serve_embeddings;
using testing::HasSubstr;

std::vector<std::string> texts_of(std::size_t count, std::size_t bytes = 20) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(std::string(bytes + i % 7, 'x') + std::to_string(i));
    return texts;
}

void expect_vectors_of(const std::vector<std::string>& texts, const std::vector<Vector>& vectors, std::size_t dimension = 8) {
    ASSERT_EQ(vectors.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::vector<double> expected = test::vector_of(texts[i], dimension);
        ASSERT_EQ(vectors[i].size(), dimension);
        for (std::size_t d = 0; d < dimension; ++d) ASSERT_NEAR(vectors[i][d], expected[d] / 5, 1e-6) << "text " << i;
    }
}

TEST(OpenAIEmbedding, a_batch_is_answered_in_order_with_unit_vectors_whatever_order_the_server_has) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        world->handler.backwards = true;
        const auto embedding = co_await world->connect(world->params());
        EXPECT_EQ(embedding->dimension(), 8U);
        EXPECT_EQ(embedding->model_id(), world->url.substr(7) + "/scripted/8");
        const std::vector<std::string> texts = texts_of(100);
        const std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(texts);
        expect_vectors_of(texts, vectors);
        EXPECT_EQ(world->handler.authorization, "Bearer secret-key");
        EXPECT_EQ(world->handler.paths.back(), "/v1/embeddings");
        EXPECT_THAT(world->handler.last_body, HasSubstr("\"model\":\"scripted\""));
        const std::vector<Vector> none = co_await embedding->aget_text_embedding_batch({});
        EXPECT_TRUE(none.empty());
    });
}

TEST(OpenAIEmbedding, the_instructions_of_known_models_go_before_the_texts) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.model = "nomic-embed-text:latest";
        const auto embedding = co_await world->connect(params);
        co_await embedding->aget_query_embedding("who?");
        co_await embedding->aget_text_embedding("I.");
        co_await embedding->aget_text_embedding_batch({"We."});
        EXPECT_EQ(world->handler.inputs[0].front(), "search_query: who?");
        EXPECT_EQ(world->handler.inputs[1].front(), "search_document: I.");
        EXPECT_EQ(world->handler.inputs[2].front(), "search_document: We.");
        EXPECT_THAT(embedding->model_id(), testing::MatchesRegex(".*/nomic-embed-text:latest/8/[0-9a-f]{8}"));
    });
}

TEST(OpenAIEmbedding, texts_that_servers_refuse_or_misread_are_made_presentable) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.slots = 1;
        const auto embedding = co_await world->connect(params);
        co_await embedding->aget_text_embedding_batch({"", " \n", "a\xFF\"\x01\n"});
        EXPECT_THAT(world->handler.inputs[0], testing::UnorderedElementsAre(".", ".", "a\xEF\xBF\xBD\"\x01\n"));
    });
}

TEST(OpenAIEmbedding, without_a_name_the_servers_own_model_is_used) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.model.clear();
        const auto embedding = co_await world->connect(params);
        EXPECT_THAT(embedding->model_id(), HasSubstr("/scripted/"));
        co_await embedding->aget_text_embedding("text");
        EXPECT_EQ(world->handler.last_body.find("\"model\""), std::string::npos);
    });
}

TEST(OpenAIEmbedding, a_server_that_knows_no_base64_is_asked_for_numbers) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto asked_for_numbers = co_await world->connect(world->params());
        co_await asked_for_numbers->aget_text_embedding("text");
        EXPECT_THAT(world->handler.last_body, HasSubstr("\"encoding_format\":\"float\""));
        world->handler.knows_base64 = true;
        const auto embedding = co_await world->connect(world->params());
        world->handler.replies = {Reply{.body = R"({"data":[{"index":0,"embedding":"AABAwAAAgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]})"}};
        const Vector vector = co_await embedding->aget_text_embedding("text");
        EXPECT_THAT(world->handler.last_body, HasSubstr("\"encoding_format\":\"base64\""));
        EXPECT_FLOAT_EQ(vector[0], -0.6F);
    });
}

TEST(OpenAIEmbedding, every_unusable_answer_is_a_backend_error_with_a_reason) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.breaker.failures_to_open = 1000;
        const auto embedding = co_await world->connect(params);
        const std::string good = R"({"index":0,"embedding":[1,0,0,0,0,0,0,0]})";
        const std::vector<std::pair<Reply, std::string>> cases{
            {{.body = R"({"data":[{"index":0,"embedding":[1,0,0]}]})"}, "3 dimensions where 8 are expected"},
            {{.body = R"({"data":[{"embedding":[1,0,0,0,0,0,0,0]}]})"}, "no index"},
            {{.body = R"({"data":[{"index":1,"embedding":[1,0,0,0,0,0,0,0]}]})"}, "index 1 of 1"},
            {{.body = R"({"data":[{"index":0,"embedding":[NaN,0,0,0,0,0,0,0]}]})"}, "no finite numbers"},
            {{.body = R"({"data":[{"index":0,"embedding":[null,0,0,0,0,0,0,0]}]})"}, "no numbers"},
            {{.body = R"({"data":[{"index":0,"embedding":[0,0,0,0,0,0,0,0]}]})"}, "is zero"},
            {{.body = R"({"data":[{"index":0,"embedding":null}]})"}, "without a vector"},
            {{.body = R"({"data":[{"index":0,"embedding":"AAAA"}]})"}, "no base64 of floats"},
            {{.body = R"({"data":[)" + good + "," + good + "]}"}, "2 vectors for 1 texts"},
            {{.body = R"({"data":[]})"}, "0 vectors for 1 texts"},
            {{.body = R"({"data":[{"index":0,"embedding":[1,0,0)"}, "no JSON object"},
            {{.body = R"({"error":{"message":"out of memory"}})"}, "out of memory"},
            {{.body = "[]"}, "no JSON object"},
            {{.body = std::string(50'000, '[')}, "no JSON object"},
            {{.broken = true}, "broke off"},
            {{.status = 500, .body = R"({"error":"the model fell over"})"}, "the model fell over"},
            {{.status = 400, .body = R"({"error":"no such option"})"}, "no such option"},
            {{.status = 404, .body = R"({"error":{"message":"model not found"}})"}, "embedding.model"},
            {{.status = 302}, "embedding.base_url"},
        };
        for (const auto& [reply, words] : cases) {
            world->handler.replies = {reply};
            const std::size_t before = world->handler.handled;
            const Failure failure = co_await failure_of(embedding->aget_text_embedding("text"));
            EXPECT_EQ(to_string(failure.code), to_string(errc::backend)) << words << ": " << failure.message;
            EXPECT_THAT(failure.message, HasSubstr(words));
            EXPECT_EQ(world->handler.handled, before + 1) << "sent again after: " << words;
        }
        world->handler.replies = {Reply{.status = 401}};
        const Failure key = co_await failure_of(embedding->aget_text_embedding("text"));
        EXPECT_EQ(key.code, errc::unavailable);
        EXPECT_THAT(key.message, HasSubstr("embedding.api_key"));
    });
}

TEST(OpenAIEmbedding, an_answer_larger_than_its_vectors_can_be_is_not_read_to_its_end) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto embedding = co_await world->connect(world->params());
        world->handler.replies = {Reply{.body = std::string(4 << 20, ' ')}};
        const Failure failure = co_await failure_of(embedding->aget_text_embedding("text"));
        EXPECT_EQ(failure.code, errc::backend);
    });
}

TEST(OpenAIEmbedding, a_server_that_has_too_much_to_do_is_asked_again_when_it_says) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto embedding = co_await world->connect(world->params());
        world->handler.replies = {Reply{.status = 429, .headers = {{"Retry-After", "1"}}}};
        const auto begin = Clock::now();
        co_await embedding->aget_text_embedding("text");
        EXPECT_GE(Clock::now() - begin, 1s);
        EXPECT_EQ(world->handler.handled, 2U);
        world->handler.replies = {Reply{.status = 503}, Reply{.status = 502}};
        co_await embedding->aget_text_embedding("text");
        EXPECT_EQ(world->handler.handled, 5U);
    });
}

TEST(OpenAIEmbedding, retries_stay_within_their_budget_and_the_breaker_opens) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto embedding = co_await world->connect(world->params());
        world->handler.always = Reply{.status = 503};
        for (int i = 0; i < 2; ++i) {
            const Failure failure = co_await failure_of(embedding->aget_text_embedding("text"));
            EXPECT_EQ(failure.code, errc::unavailable);
        }
        EXPECT_EQ(world->handler.handled, 5U) << "two requests and the three retries that are always allowed";
        const Failure left_alone = co_await failure_of(embedding->aget_text_embedding("text"));
        EXPECT_THAT(left_alone.message, HasSubstr("several times in a row"));
        EXPECT_EQ(world->handler.handled, 5U);
    });
}

TEST(OpenAIEmbedding, a_server_that_cannot_be_reached_is_unavailable_and_named) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.base_url = "http://127.0.0.1:9";
        const Failure failure = co_await failure_of(world->connect(params));
        EXPECT_EQ(failure.code, errc::unavailable);
        EXPECT_THAT(failure.message, HasSubstr("127.0.0.1:9"));
    });
}

TEST(OpenAIEmbedding, a_server_that_hangs_is_given_up_and_its_slot_is_held_for_a_while) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        OpenAIEmbedding::Params params = world->params();
        params.query_timeout = 50ms;
        const auto embedding = co_await world->connect(params);
        world->handler.replies = {Reply{.hang = true}};
        const Failure failure = co_await failure_of(embedding->aget_query_embedding("who?"));
        EXPECT_EQ(failure.code, errc::timeout);
        EXPECT_EQ(embedding->slots_in_use(), 1U);
        const bool left = co_await test::comes_true([world] { return world->handler.left == 1; });
        EXPECT_TRUE(left) << "the connection stays open";
        const OpenAIEmbedding* held = embedding.get();
        const bool freed = co_await test::comes_true([held] { return held->slots_in_use() == 0; });
        EXPECT_TRUE(freed);
    });
}

Task<> cancel_in_the_middle(EmbeddingWorld* world) {
    const auto embedding = co_await world->connect(world->params());
    world->handler.always = Reply{.hang = true};
    {
        Scope scope(world->executor);
        struct Ask {
            static Task<> it(OpenAIEmbedding* e) { co_await e->aget_text_embedding_batch(texts_of(300)); }
        };
        scope.spawn(Ask::it(embedding.get()));
        const bool busy = co_await test::comes_true([world] { return world->handler.inside_now == 4; });
        EXPECT_TRUE(busy);
        co_await scope.close(0s);
    }
    const bool gone = co_await test::comes_true([world] { return world->handler.inside_now == 0; }, 1s);
    EXPECT_TRUE(gone) << "a cancelled request keeps its connection";
    EXPECT_EQ(world->handler.handled, 4U) << "requests go out after the cancellation";
    EXPECT_EQ(embedding->slots_in_use(), 4U) << "the server may still be at it";
    co_await sleep_for(200ms);
    EXPECT_EQ(embedding->slots_in_use(), 0U);
}

TEST(OpenAIEmbedding, cancellation_closes_the_connections) {
    serve_embeddings(cancel_in_the_middle);
}

TEST(OpenAIEmbedding, long_texts_are_sent_alone_and_then_cut) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto embedding = co_await world->connect(world->params());
        world->handler.max_text_bytes = 1000;
        std::vector<std::string> texts = texts_of(40);
        std::string longest;
        while (longest.size() < 7001) longest += "ä";
        texts[3] = longest;
        const std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(texts);
        std::string cut;
        for (const auto& request : world->handler.inputs) {
            for (const std::string& text : request) {
                if (text.starts_with("ä") && text.size() <= 1000) cut = text;
            }
        }
        EXPECT_TRUE(longest.starts_with(cut));
        EXPECT_EQ(cut.size() % 2, 0U) << "a character was cut in two";
        EXPECT_GT(cut.size(), 500U);
        texts[3] = cut;
        expect_vectors_of(texts, vectors);
    });
}

TEST(OpenAIEmbedding, a_server_to_which_every_text_is_too_long_is_an_error) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const auto embedding = co_await world->connect(world->params());
        world->handler.always = Reply{.status = 400, .body = R"({"error":{"message":"the input exceeds the context length"}})"};
        const Failure failure = co_await failure_of(embedding->aget_text_embedding_batch({std::string(5000, 'x'), "short"}));
        EXPECT_EQ(failure.code, errc::backend);
        EXPECT_THAT(failure.message, HasSubstr("exceeds the context length"));
        EXPECT_LT(world->handler.handled, 12U);
    });
}

Task<> ask_while_busy(EmbeddingWorld* world) {
    OpenAIEmbedding::Params params = world->params();
    params.slots = 2;
    const auto embedding = co_await world->connect(params);
    world->handler.latency = 100ms;
    struct Both {
        static Task<> batch(OpenAIEmbedding* e) { co_await e->aget_text_embedding_batch(texts_of(32 * 12)); }
        static Task<> question(EmbeddingWorld* w, OpenAIEmbedding* e) {
            const bool busy = co_await test::comes_true([w] { return w->handler.inside_now == 2; });
            EXPECT_TRUE(busy);
            co_await e->aget_query_embedding("who?");
        }
    };
    co_await when_all(Both::batch(embedding.get()), Both::question(world, embedding.get()));
    EXPECT_EQ(world->handler.inside_most, 2U);
    const auto asked = std::ranges::find(world->handler.inputs, std::vector<std::string>{"who?"});
    EXPECT_EQ(asked - world->handler.inputs.begin(), 2) << "the question is not the next request after those under way";
}

TEST(OpenAIEmbedding, a_question_goes_before_the_queued_batches) {
    serve_embeddings(ask_while_busy);
}

/// The answer to a request with that many texts, as long as servers write it.
std::string answer_to(std::size_t texts, std::size_t dimension) {
    const std::string vector = std::string(dimension * 4 / 3 * 4, 'z');
    std::string answer = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < texts; ++i) {
        answer += (i > 0 ? "," : "") + std::string(R"({"object":"embedding","index":)") + std::to_string(i);
        answer += R"(,"embedding":")" + vector + "\"}";
    }
    return answer + "]}";
}

Task<std::vector<double>> embed_many(Pool* pool, OpenAIEmbedding::Params params, int rounds) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto embedding = co_await OpenAIEmbedding::aconnect(params, pool, executor);
    std::vector<double> seconds;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        const std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(texts_of(2048, 700));
        seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
        EXPECT_EQ(vectors.size(), 2048U);
    }
    co_return seconds;
}

/// 2,048 texts against a server that has these slots and takes 50 ms for each request.
void expect_busy_slots(std::size_t slots) {
    Pool pool({.name = "test", .threads = 2});
    test::EmbeddingHandler handler;
    handler.knows_base64 = true;
    handler.replies = {Reply{.body = answer_to(1, 384)}};
    handler.canned = answer_to(32, 384);
    handler.latency = 50ms;
    constexpr int rounds = 5;
    std::vector<double> seconds;
    {
        const test::EmbeddingServerThread server(&handler);
        seconds = test::run_task(embed_many(&pool, {.base_url = server.url(), .model = "scripted", .slots = slots}, rounds));
    }
    const double ideal = 0.05 * 2048 / 32 / static_cast<double>(slots);
    std::printf("%zu slots: %.3f of the ideal time at best\n", slots, *std::ranges::min_element(seconds) / ideal);
    EXPECT_EQ(handler.handled, 64U * rounds + 1);
    EXPECT_EQ(handler.inside_most, slots);
    // At most 1.15 on a machine that does nothing else; without concurrency it would be the number of slots.
    EXPECT_LT(*std::ranges::min_element(seconds) / ideal, 4);
}

TEST(OpenAIEmbedding, eight_slots_are_busy_until_the_end) {
    expect_busy_slots(8);
}

TEST(OpenAIEmbedding, thirty_two_slots_are_busy_until_the_end) {
    expect_busy_slots(32);
}

TEST(OpenAIEmbedding, settings_that_cannot_work_are_refused_by_name) {
    serve_embeddings([](EmbeddingWorld* world) -> Task<> {
        const std::vector<std::pair<std::function<void(OpenAIEmbedding::Params&)>, std::string>> cases{
            {[](auto& p) { p.base_url = ""; }, "embedding.base_url"},
            {[](auto& p) { p.base_url = "https://api.example.com"; }, "https"},
            {[](auto& p) { p.slots = 0; }, "embedding.slots"},
        };
        for (const auto& [spoil, words] : cases) {
            OpenAIEmbedding::Params params = world->params();
            spoil(params);
            const Failure failure = co_await failure_of(world->connect(params));
            EXPECT_EQ(failure.code, errc::invalid_argument);
            EXPECT_THAT(failure.message, HasSubstr(words));
        }
    });
}

Task<std::vector<Vector>> embed_a_little(Pool* pool, OpenAIEmbedding::Params params) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto embedding = co_await OpenAIEmbedding::aconnect(params, pool, executor);
    std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(texts_of(7, 20'000));
    co_return vectors;
}

TEST(OpenAIEmbedding, it_ends_cleanly_wherever_it_is_cancelled_and_wherever_its_loop_ends) {
    Pool pool({.name = "test", .threads = 2});
    test::EmbeddingHandler handler;
    const test::EmbeddingServerThread server(&handler);
    OpenAIEmbedding::Params params{.base_url = server.url(), .model = "scripted", .slots = 2, .batch_texts = 2};
    params.drain_limit = 1ms;
    const test::Sweep sweep = test::cancel_at_every_await([&] { return embed_a_little(&pool, params); });
    EXPECT_GT(sweep.cancelled, 20U);
    EXPECT_GT(test::destroy_at_every_await([&] { return embed_a_little(&pool, params); }), 20U);
}

}  // namespace
}  // namespace docmind
