// What real servers said (tests/data/backends), said again: the client must make the same of it whichever server it is.

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "llms/openai_llm.hpp"
#include "llms/test_recorded_server.hpp"
#include "llms/test_scripted_server.hpp"
#include "llms/tool_probe.hpp"

namespace docmind {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Heard {
    ChatResponse response;
    ToolCalling calling = ToolCalling::none;
    std::vector<std::string> models;
    std::vector<std::size_t> counts;
    std::optional<Error> error;
};

class RecordedServers : public testing::Test {
  protected:
    enum class Asked { chat, tools, calling, models, counts };

    /// What the client makes of these exchanges.
    Heard hear(const std::string& name, std::vector<std::string> exchanges, Asked asked = Asked::chat) {
        const std::string script = test::RecordedServer(name).script(exchanges);
        return test::run_task([](test::ScriptedServer* server, std::string said, Asked wanted) -> Task<Heard> {
            server->executor = co_await boost::asio::this_coro::executor;
            co_await server->script(said);
            OpenAILLM::Params params{.base_url = server->url, .model = "tools"};
            params.retry.base = std::chrono::milliseconds(1);
            OpenAILLM llm(std::move(params), server->executor);
            ChatRequest request;
            request.messages = {{MessageRole::user, "When was the Ludwig bridge opened?"}};
            if (wanted == Asked::tools) {
                request.tools = tool_probe().tools;
                request.tools.push_back(
                    {.name = "search_library", .description = "Finds passages.", .parameters = {{.name = "query", .description = ""}}});
            }
            Heard heard;
            try {
                switch (wanted) {
                    case Asked::chat:
                    case Asked::tools: heard.response = co_await llm.achat(std::move(request)); break;
                    case Asked::calling: heard.calling = co_await llm.atool_calling(); break;
                    case Asked::models: heard.models = co_await llm.amodels(); break;
                    case Asked::counts: heard.counts = co_await llm.acount_tokens({"The otter swims."}); break;
                }
            } catch (const Error& error) {
                heard.error = error;
            }
            EXPECT_EQ(llm.slots_in_use(), 0U);
            co_return heard;
        }(&server_, script, asked));
    }

    test::ScriptedServer server_;
};

class EachRecordedServer : public RecordedServers, public testing::WithParamInterface<const char*> {
  protected:
    Heard hear(std::vector<std::string> exchanges, Asked asked = Asked::chat) {
        return RecordedServers::hear(GetParam(), std::move(exchanges), asked);
    }
    /// That the request had allowed.
    static int most_tokens(const std::string& name) {
        return test::RecordedServer(GetParam()).exchanges.at(name).at("request").at("body").at("max_tokens").to_number<int>();
    }
};

INSTANTIATE_TEST_SUITE_P(Real, EachRecordedServer, testing::Values("ollama", "vllm", "llama-server"), [](const auto& info) {
    return std::string(info.param) == "llama-server" ? "llama_server" : std::string(info.param);
});

TEST_P(EachRecordedServer, an_answer_comes_with_its_words_its_end_and_its_usage) {
    const Heard heard = hear({"plain"});
    ASSERT_FALSE(heard.error) << heard.error->what();
    EXPECT_THAT(heard.response.text, HasSubstr("river"));
    EXPECT_EQ(heard.response.finish_reason, "length");
    ASSERT_TRUE(heard.response.usage);
    EXPECT_GT(heard.response.usage->prompt_tokens, 10);
    EXPECT_EQ(heard.response.usage->completion_tokens, most_tokens("plain"));
}

TEST_P(EachRecordedServer, an_answer_that_was_not_streamed_is_one_all_the_same) {
    const Heard heard = hear({"whole"});
    ASSERT_FALSE(heard.error) << heard.error->what();
    EXPECT_THAT(heard.response.text, Not(IsEmpty()));
    EXPECT_EQ(heard.response.finish_reason, "length");
    ASSERT_TRUE(heard.response.usage);
    EXPECT_EQ(heard.response.usage->completion_tokens, most_tokens("whole"));
}

TEST_P(EachRecordedServer, the_models_are_listed_by_the_names_the_server_takes) {
    EXPECT_THAT(hear({"models"}, Asked::models).models,
                testing::Contains(testing::StartsWith(std::string(GetParam()) == "llama-server" ? "SmolLM2" : "tools")));
}

TEST_P(EachRecordedServer, a_refusal_is_a_sentence_with_the_servers_own_words) {
    for (const char* name : {"a bad request", "no JSON"}) {
        const Heard heard = hear({name});
        ASSERT_TRUE(heard.error) << name;
        EXPECT_EQ(heard.error->code(), errc::backend) << name;
        EXPECT_THAT(heard.error->what(), HasSubstr("refuses the request (HTTP 400): ")) << name;
    }
}

TEST_F(RecordedServers, a_model_they_do_not_have_is_told_from_an_address_they_do_not_have) {
    for (const char* server : {"ollama", "vllm"}) {
        const Heard heard = hear(server, {"another model"});
        ASSERT_TRUE(heard.error) << server;
        EXPECT_THAT(heard.error->what(), HasSubstr("does not know the model \"tools\" (HTTP 404): ")) << server;
    }
    for (const char* server : {"ollama", "vllm", "llama-server"}) {
        test::RecordedServer recorded(server);
        const Heard heard = hear(server, {"an unknown path"});
        ASSERT_TRUE(heard.error) << server;
        EXPECT_THAT(heard.error->what(), HasSubstr("Is llm.base_url right?")) << server;
    }
}

TEST_F(RecordedServers, a_prompt_that_is_too_long_is_refused_by_all_but_ollama_which_cuts_it) {
    for (const char* server : {"vllm", "llama-server"}) {
        const Heard heard = hear(server, {"a long prompt"});
        ASSERT_TRUE(heard.error) << server;
        EXPECT_THAT(heard.error->what(), HasSubstr("context")) << server;
    }
    const Heard heard = hear("ollama", {"a long prompt"});
    ASSERT_FALSE(heard.error) << heard.error->what();
    ASSERT_TRUE(heard.response.usage);
    EXPECT_LE(heard.response.usage->prompt_tokens, 256) << "of 21,000: that is why prompts are fitted before they are sent";
}

TEST_F(RecordedServers, a_key_that_is_missing_is_named) {
    const Heard heard = hear("vllm", {"no key"}, Asked::models);
    ASSERT_TRUE(heard.error);
    EXPECT_EQ(heard.error->code(), errc::unavailable);
    EXPECT_THAT(heard.error->what(), HasSubstr("Set llm.api_key."));
}

TEST_F(RecordedServers, tokens_are_counted_where_the_server_can) {
    EXPECT_EQ(hear("vllm", {"tokenize"}, Asked::counts).counts, std::vector<std::size_t>{6});
    EXPECT_EQ(hear("llama-server", {"tokenize"}, Asked::counts).counts, std::vector<std::size_t>{6});
    EXPECT_THAT(hear("ollama", {"tokenize"}, Asked::counts).counts, IsEmpty());
}

// The model thinks before it calls: what it thinks is neither the answer nor part of the call.
TEST_F(RecordedServers, a_tool_call_of_a_model_that_thinks_passes_the_trial_natively) {
    for (const char* server : {"ollama", "vllm"}) {
        const Heard heard = hear(server, {"one tool"}, Asked::calling);
        ASSERT_FALSE(heard.error) << server << ": " << heard.error->what();
        EXPECT_EQ(heard.calling, ToolCalling::native) << server;
        const Heard called = hear(server, {"one tool", "one tool"}, Asked::tools);
        ASSERT_FALSE(called.error) << server << ": " << called.error->what();
        ASSERT_EQ(called.response.tool_calls.size(), 1U) << server;
        EXPECT_EQ(called.response.tool_calls[0].arguments.text("word"), "otter");
        EXPECT_NE(called.response.tool_calls[0].id, "");
        EXPECT_THAT(called.response.text, Not(HasSubstr("look it up"))) << server;
        EXPECT_EQ(called.response.finish_reason, "tool_calls") << server;
    }
}

TEST_F(RecordedServers, two_calls_at_once_stay_two) {
    const Heard heard = hear("ollama", {"one tool", "two calls"}, Asked::tools);
    ASSERT_FALSE(heard.error) << heard.error->what();
    ASSERT_EQ(heard.response.tool_calls.size(), 2U);
    for (const ToolCall& call : heard.response.tool_calls) {
        EXPECT_EQ(call.name, "search_library");
        EXPECT_EQ(call.problem, "");
        EXPECT_NE(call.arguments.text("query").value_or(""), "");
    }
    EXPECT_NE(heard.response.tool_calls[0].arguments.text("query"), heard.response.tool_calls[1].arguments.text("query"));
    EXPECT_NE(heard.response.tool_calls[0].id, heard.response.tool_calls[1].id);
}

// Ollama finds the mark of a call in the model's template; where that says it in another way than it looks for, the call is passed on as
// text.
TEST_F(RecordedServers, a_call_that_ollama_passed_on_as_words_is_a_call) {
    const Heard heard = hear("ollama", {"a call as words"}, Asked::calling);
    ASSERT_FALSE(heard.error) << heard.error->what();
    EXPECT_EQ(heard.calling, ToolCalling::native);
}

TEST_F(RecordedServers, a_model_of_ollama_without_tools_is_tried_without_them) {
    const Heard heard = hear("ollama", {"tools for a model without", "plain"}, Asked::calling);
    ASSERT_FALSE(heard.error) << heard.error->what();
    EXPECT_EQ(heard.calling, ToolCalling::none) << "it was asked in all three ways";
}

TEST_F(RecordedServers, a_server_without_a_tool_parser_is_tried_without_it) {
    const Heard heard = hear("vllm", {"no tool parser", "plain"}, Asked::calling);
    ASSERT_FALSE(heard.error) << heard.error->what();
    EXPECT_EQ(heard.calling, ToolCalling::none);
}

}  // namespace
}  // namespace docmind
