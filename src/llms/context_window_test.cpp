#include "llms/context_window.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>
#include <vector>

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "llms/openai_llm.hpp"
#include "llms/test_recorded_server.hpp"
#include "llms/test_scripted_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const std::vector<std::string> ollama_asleep{"models", "ps, nothing loaded", "show"};
const std::vector<std::string> ollama_awake{"models", "ps", "show"};

/// A server that says of itself what a real one does.
class ContextWindowTest : public testing::Test {
  protected:
    static Task<> play(test::ScriptedServer* server, test::RecordedServer recorded, std::vector<std::string> exchanges) {
        const auto executor = co_await boost::asio::this_coro::executor;
        server->executor = executor;
        std::string script = recorded.script(exchanges);
        co_await server->script(std::move(script));
    }
    void play(test::RecordedServer recorded, std::vector<std::string> exchanges) {
        test::run_task(play(&server_, std::move(recorded), std::move(exchanges)));
    }

    /// What the client knows once it has asked for the status.
    LLMMetadata ask(OpenAILLM::Params params) {
        return test::run_task([](OpenAILLM::Params p) -> Task<LLMMetadata> {
            OpenAILLM llm(std::move(p), co_await boost::asio::this_coro::executor);
            const LLMStatus status = co_await llm.astatus();
            EXPECT_TRUE(status.ready) << status.detail;
            co_return llm.metadata();
        }(params_of(std::move(params))));
    }
    OpenAILLM::Params params_of(OpenAILLM::Params params) {
        params.base_url = server_.url;
        params.status_cache = 0ms;
        return params;
    }

    test::ScriptedServer server_;
};

TEST_F(ContextWindowTest, llama_server_says_it_of_a_slot) {
    test::RecordedServer recorded("llama-server");
    play(recorded, {"models", "props"});
    EXPECT_EQ(ask({.context_window = 0}).context_window, 1024);
    recorded.exchanges["models"].at("body").at("data").at(0).as_object().erase("meta");  // as older ones do
    play(recorded, {"models", "props"});
    EXPECT_EQ(ask({.context_window = 0}).context_window, 1024);
}

TEST_F(ContextWindowTest, vllm_says_it_in_its_list_of_models) {
    play(test::RecordedServer("vllm"), {"models"});
    EXPECT_EQ(ask({.context_window = 0}).context_window, 2048);
    EXPECT_EQ(ask({.model = "another", .context_window = 0}).context_window, 0);
}

TEST_F(ContextWindowTest, ollama_says_it_of_a_loaded_model_and_of_one_that_is_not) {
    test::RecordedServer recorded("ollama");
    play(recorded, ollama_awake);
    EXPECT_EQ(ask({.model = "tools", .context_window = 0}).context_window, 2048);
    play(recorded, ollama_asleep);
    EXPECT_EQ(ask({.model = "tools", .context_window = 0}).context_window, 4096);
    recorded.exchanges["show"] = recorded.exchanges["show small"];  // of a model with a window of its own
    play(recorded, ollama_asleep);
    EXPECT_EQ(ask({.model = "tools", .context_window = 0}).context_window, 256);
}

TEST_F(ContextWindowTest, a_server_that_does_not_say_leaves_it_unknown) {
    play(test::RecordedServer("ollama"), {"models"});
    EXPECT_EQ(ask({.model = "tools", .context_window = 0}).context_window, 0);
}

TEST_F(ContextWindowTest, what_is_configured_holds) {
    play(test::RecordedServer("vllm"), {"models"});
    EXPECT_EQ(ask({.context_window = 1024}).context_window, 1024);
}

Task<> ask_often(OpenAILLM* llm, int times) {
    for (int i = 0; i < times; ++i) {
        const LLMStatus status = co_await llm->astatus();
        EXPECT_TRUE(status.ready) << status.detail;
    }
}

Task<> expect_asked(test::ScriptedServer* server, std::string question, std::size_t times) {
    const std::size_t count = co_await server->count(question);
    EXPECT_EQ(count, times) << question;
}

Task<> await_its_window(test::ScriptedServer* server, OpenAILLM::Params params) {
    const auto executor = co_await boost::asio::this_coro::executor;
    server->executor = executor;
    OpenAILLM llm(std::move(params), executor);
    test::RecordedServer recorded("ollama");
    co_await ask_often(&llm, 20);
    co_await expect_asked(server, "GET /v1/models", 20);
    co_await expect_asked(server, "GET /props", 1);
    co_await expect_asked(server, "GET /api/ps", 1);

    // One that was away may come back as another: it is asked at once.
    const std::string known = recorded.script(ollama_awake);
    recorded.exchanges["models"].as_object()["status"] = 503;
    std::string script = recorded.script({"models"});
    co_await server->script(std::move(script));
    const LLMStatus away = co_await llm.astatus();
    EXPECT_FALSE(away.ready);
    co_await server->script(known);
    co_await ask_often(&llm, 1);
    EXPECT_EQ(llm.metadata().context_window, 2048);
    co_await expect_asked(server, "GET /api/ps", 2);
    // What it has said need not be asked.
    co_await ask_often(&llm, 5);
    co_await expect_asked(server, "GET /api/ps", 2);
}

TEST_F(ContextWindowTest, a_server_that_does_not_say_is_not_asked_with_every_status) {
    play(test::RecordedServer("ollama"), {"models"});
    test::run_task(await_its_window(&server_, params_of({.model = "tools", .context_window = 0})));
}

// What a model that was not loaded would get is not always what it gets: the server's own settings count, and only /api/ps tells them.
Task<> await_the_loaded_window(OpenAILLM::Params params) {
    const auto executor = co_await boost::asio::this_coro::executor;
    OpenAILLM llm(std::move(params), executor);
    co_await ask_often(&llm, 1);
    EXPECT_EQ(llm.metadata().context_window, 4096);
    ChatRequest request;
    request.messages = {{MessageRole::user, "Say one short sentence about rivers."}};
    const ChatResponse answer = co_await llm.achat(std::move(request));
    EXPECT_NE(answer.text, "");
    EXPECT_EQ(llm.metadata().context_window, 2048);
}

TEST_F(ContextWindowTest, of_a_model_that_is_loaded_for_an_answer_is_known_when_the_answer_ends) {
    play(test::RecordedServer("ollama"), {"models", "ps, nothing loaded", "ps", "show", "plain"});
    test::run_task(await_the_loaded_window(params_of({.model = "tools", .context_window = 0})));
}

TEST(FoundWindowTest, the_pauses_between_two_questions_double_up_to_the_longest) {
    using Clock = FoundWindow::Clock;
    FoundWindow window({.pause = 5s, .longest_pause = 60s});
    Clock::time_point now = Clock::time_point{} + 1h;
    std::vector<std::chrono::seconds> pauses;
    for (int i = 0; i < 7; ++i) {
        ASSERT_TRUE(window.is_due(now));
        window.asked(now);
        auto pause = 1s;
        while (!window.is_due(now + pause)) ++pause;
        pauses.push_back(pause);
        now += pause;
    }
    EXPECT_EQ(pauses, (std::vector<std::chrono::seconds>{5s, 10s, 20s, 40s, 60s, 60s, 60s}));
    window.asked(now);
    window.ask_again();
    EXPECT_TRUE(window.is_due(now));
    window.asked(now);
    EXPECT_FALSE(window.is_due(now + 4s));
    EXPECT_TRUE(window.is_due(now + 5s)) << "the pauses begin again";
    window.found(1024);
    EXPECT_FALSE(window.is_due(now + 24h));
    EXPECT_THROW(FoundWindow({.pause = 0s}), Error);
    EXPECT_THROW(FoundWindow({.pause = 2s, .longest_pause = 1s}), Error);
}

TEST(ContextWindowOfTest, nonsense_says_nothing) {
    for (const char* body : {"", "null", "[]", "{", R"({"data": 1})", R"({"data": [1, {"id": 2}]})", R"({"models": [[]]})",
                             R"({"data": [{"id": "m", "max_model_len": "many"}]})", R"({"data": [{"id": "m", "max_model_len": -1}]})",
                             R"({"model_info": 3, "parameters": 4})", R"({"default_generation_settings": {"n_ctx": null}})"}) {
        EXPECT_EQ(context_window_of_models(body, "m"), std::nullopt) << body;
        EXPECT_EQ(context_window_of_props(body), std::nullopt) << body;
        EXPECT_EQ(context_window_of_ollama_ps(body, "m"), std::nullopt) << body;
        EXPECT_EQ(context_window_of_ollama_show(body), std::nullopt) << body;
    }
    EXPECT_EQ(context_window_of_ollama_show(R"({"model_info": {"llama.context_length": 2048}})"), 2048);
    EXPECT_EQ(context_window_of_models(R"({"data": [{"id": "m:latest", "context_length": 9999999999999}]})", "m"), 1 << 30);
}

}  // namespace
}  // namespace docmind
