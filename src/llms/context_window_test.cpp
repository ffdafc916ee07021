#include "llms/context_window.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "llms/openai_llm.hpp"
#include "llms/test_scripted_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

json::object answers_of(const std::string& server) {
    std::ifstream file("tests/data/backends/" + server + ".json");
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {})).as_object();
}

/// A server that says of itself what another one does.
class ContextWindowTest : public testing::Test {
  protected:
    void play(const json::object& answers) {
        test::run_task([](test::ScriptedServer* server, std::string script) -> Task<> {
            server->executor = co_await boost::asio::this_coro::executor;
            co_await server->script(std::move(script));
        }(&server_, json::serialize(json::object{{"answers", answers}})));
    }

    /// What the client knows once it has asked for the status.
    LLMMetadata ask(OpenAILLM::Params params) {
        params.base_url = server_.url;
        params.status_cache = 0ms;
        return test::run_task([](OpenAILLM::Params p) -> Task<LLMMetadata> {
            OpenAILLM llm(std::move(p), co_await boost::asio::this_coro::executor);
            const LLMStatus status = co_await llm.astatus();
            EXPECT_TRUE(status.ready) << status.detail;
            co_return llm.metadata();
        }(std::move(params)));
    }

  private:
    test::ScriptedServer server_;
};

TEST_F(ContextWindowTest, llama_server_says_it_of_a_slot) {
    json::object answers = answers_of("llama-server");
    play(answers);
    EXPECT_EQ(ask({.context_window = 0}).context_window, 1024);
    answers["GET /v1/models"].at("data").at(0).as_object().erase("meta");  // as older ones do
    play(answers);
    EXPECT_EQ(ask({.context_window = 0}).context_window, 1024);
}

TEST_F(ContextWindowTest, vllm_says_it_in_its_list_of_models) {
    play(answers_of("vllm"));
    EXPECT_EQ(ask({.context_window = 0}).context_window, 40960);
    EXPECT_EQ(ask({.model = "another", .context_window = 0}).context_window, 0);
}

TEST_F(ContextWindowTest, ollama_says_it_of_a_loaded_model_and_of_one_that_is_not) {
    json::object answers = answers_of("ollama");
    play(answers);
    EXPECT_EQ(ask({.context_window = 0}).context_window, 16384);
    answers["GET /api/ps"] = json::object{{"models", json::array{}}};
    play(answers);
    EXPECT_EQ(ask({.context_window = 0}).context_window, 8192);
    answers["POST /api/show"].as_object()["parameters"] = "stop \"<|im_end|>\"";
    play(answers);
    EXPECT_EQ(ask({.context_window = 0}).context_window, 4096);
}

TEST_F(ContextWindowTest, a_server_that_does_not_say_leaves_it_unknown) {
    play({{"GET /v1/models", answers_of("ollama").at("GET /v1/models")}});
    EXPECT_EQ(ask({.context_window = 0}).context_window, 0);
}

TEST_F(ContextWindowTest, what_is_configured_holds) {
    play(answers_of("vllm"));
    EXPECT_EQ(ask({.context_window = 2048}).context_window, 2048);
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
