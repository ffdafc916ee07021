#include "llms/openai_llm.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "llms/test_scripted_server.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Heard {
    std::string text;
    std::string reason;
    std::optional<ChatUsage> usage;
    std::optional<errc> error;
    std::string message;
    std::size_t deltas = 0;
};

test::ScriptedServer& server() {
    static test::ScriptedServer running;
    return running;
}

OpenAILLM::Params params(std::string model) {
    OpenAILLM::Params p;
    p.base_url = server().url;
    p.model = std::move(model);
    p.api_key = "secret-key";
    p.first_token_timeout = 400ms;
    p.idle_timeout = 300ms;
    p.drain_limit = 150ms;
    p.retry.base = 1ms;
    return p;
}

ChatRequest question(std::string text = "<passage-ab n=\"1\">\nThe bridge was opened in 1872. It is red.\n</passage-ab>\nQuestion: when?") {
    return ChatRequest{.messages = {{MessageRole::user, std::move(text)}}, .max_tokens = {}, .temperature = {}};
}

Task<Heard> listen(std::shared_ptr<OpenAILLM> llm, ChatRequest request) {
    Heard heard;
    try {
        const auto stream = co_await llm->astream_chat(std::move(request));
        while (true) {
            auto delta = co_await stream->next();
            if (!delta) break;
            heard.text += delta->text;
            ++heard.deltas;
            if (!delta->finish_reason.empty()) heard.reason = delta->finish_reason;
            if (delta->usage) heard.usage = delta->usage;
        }
    } catch (const Error& error) {
        heard.error = error.code();
        heard.message = error.what();
    }
    co_return heard;
}

// Runs on an io_context of its own and drains what is left.
class OpenAILLMTest : public testing::Test {
  protected:
    template <class T>
    T run(Task<T> task, std::chrono::seconds limit = 20s) {
        std::optional<T> result;
        std::exception_ptr failure;
        bool ended = false;
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
            failure = e;
            if (!e) result.emplace(std::move(value));
            ended = true;
        });
        io.restart();
        const auto until = Clock::now() + limit;
        while (!ended && Clock::now() < until) io.run_one_for(100ms);
        if (failure) std::rethrow_exception(failure);
        if (!result) throw std::logic_error("the task does not end");
        return std::move(*result);
    }
    void run(Task<> task) {
        struct Wrap {
            static Task<bool> it(Task<> t) {
                co_await std::move(t);
                co_return true;
            }
        };
        run(Wrap::it(std::move(task)));
    }
    void run_for(std::chrono::milliseconds time) { run(sleep_for(time)); }
    std::shared_ptr<OpenAILLM> make(OpenAILLM::Params p) { return std::make_shared<OpenAILLM>(std::move(p), io.get_executor()); }
    Heard hear(const std::string& script) { return run(listen(make(params(script)), question())); }
    std::size_t logged(const std::string& event) { return run(server().count(event)); }
    void script(const std::string& json) { run(server().script(json)); }

    OpenAILLMTest() { server().executor = io.get_executor(); }
    boost::asio::io_context io{1};
};

TEST_F(OpenAILLMTest, an_answer_streams_token_by_token_and_ends_with_reason_and_usage) {
    const Heard heard = hear("echo");
    EXPECT_EQ(heard.error, std::nullopt) << heard.message;
    EXPECT_EQ(heard.text, "The bridge was opened in 1872 [1]. That much is certain [99].");
    EXPECT_GT(heard.deltas, 5U);
    EXPECT_EQ(heard.reason, "stop");
    ASSERT_TRUE(heard.usage);
    EXPECT_EQ(heard.usage->prompt_tokens, 42);
    EXPECT_EQ(heard.usage->completion_tokens, 7);
}

TEST_F(OpenAILLMTest, achat_collects_the_whole_answer) {
    const auto llm = make(params("echo"));
    const ChatResponse response = run(llm->achat(question()));
    EXPECT_EQ(response.text, "The bridge was opened in 1872 [1]. That much is certain [99].");
    EXPECT_EQ(response.finish_reason, "stop");
    EXPECT_EQ(llm->slots_in_use(), 0U);
}

TEST_F(OpenAILLMTest, unusual_but_allowed_streams_give_their_text) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"plain_json", "The bridge was opened in 1872 [1]. That much is certain [99]."},
        {"think_tags", "The bridge was opened in 1872 [1]. That much is certain [99]."},
        {"reasoning", "The bridge was opened in 1872 [1]. That much is certain [99]."},
        {"extra_members", "The bridge was opened in 1872 [1]. That much is certain [99]."},
        {"split_utf8", "Größe – 東京 🌍 naïve"},
        {"mixed_line_ends", "word0 word1 word2 word3 word4 "},
        {"bom_and_comments", "one two"},
        {"no_space_after_data", "tight"},
        {"multi_line_data", "spread"},
        {"missing_done", "whole without done"},
        {"done_without_finish_reason", "whole without reason"},
        {"duplicate_final", "once"},
        {"hang_after_done", "whole but open"},
        {"until_close", "until the end"},
        {"empty_answer", ""},
    };
    for (const auto& [name, text] : cases) {
        const Heard heard = hear(name);
        EXPECT_EQ(heard.text, text) << name;
        EXPECT_EQ(heard.error, std::nullopt) << name << ": " << heard.message;
    }
}

TEST_F(OpenAILLMTest, every_fault_before_the_first_word_is_an_error_with_a_sentence) {
    const std::vector<std::pair<std::string, errc>> cases{
        {"reset_before_head", errc::backend},
        {"close_before_head", errc::backend},
        {"hang_before_first_byte", errc::timeout},
        {"hang_after_head", errc::timeout},
        {"only_pings", errc::timeout},
        {"error_500", errc::backend},
        {"error_502", errc::unavailable},
        {"error_503", errc::unavailable},
        {"busy_429_for_long", errc::unavailable},
        {"unauthorized", errc::unavailable},
        {"bad_request", errc::backend},
        {"unknown_model", errc::backend},
        {"redirect", errc::backend},
        {"json_error_in_stream", errc::backend},
        {"gzip_unasked", errc::backend},
        {"not_json", errc::backend},
        {"long_line", errc::backend},
        {"endless_line", errc::backend},
        {"endless_head", errc::backend},
        {"not_http", errc::backend},
    };
    for (const auto& [name, code] : cases) {
        const auto begin = Clock::now();
        const Heard heard = hear(name);
        ASSERT_TRUE(heard.error) << name << " said: " << heard.text;
        EXPECT_EQ(to_string(*heard.error), to_string(code)) << name << ": " << heard.message;
        EXPECT_EQ(heard.text, "") << name;
        EXPECT_GT(heard.message.size(), 15U) << name;
        EXPECT_EQ(heard.message.find("secret-key"), std::string::npos) << name;
        EXPECT_LT(Clock::now() - begin, 5s) << name;
    }
}

TEST_F(OpenAILLMTest, every_fault_in_the_middle_keeps_what_was_said_and_then_fails) {
    const std::vector<std::pair<std::string, errc>> cases{
        {"reset_mid_token", errc::backend}, {"half_close", errc::backend},       {"end_without_finish", errc::backend},
        {"hang_mid_stream", errc::timeout}, {"error_mid_stream", errc::backend},
    };
    for (const auto& [name, code] : cases) {
        const Heard heard = hear(name);
        EXPECT_EQ(heard.text, "The first words of an answer ") << name;
        ASSERT_TRUE(heard.error) << name;
        EXPECT_EQ(to_string(*heard.error), to_string(code)) << name << ": " << heard.message;
    }
}

TEST_F(OpenAILLMTest, an_answer_that_does_not_end_is_cut_off) {
    const Heard heard = hear("endless_answer");
    EXPECT_EQ(heard.error, errc::backend);
    EXPECT_LE(heard.text.size(), 2U << 20);
}

TEST_F(OpenAILLMTest, the_error_of_the_server_is_passed_on_in_words) {
    EXPECT_THAT(hear("error_500").message, testing::HasSubstr("the model fell over"));
    EXPECT_THAT(hear("json_error_in_stream").message, testing::HasSubstr("out of memory"));
    EXPECT_THAT(hear("unauthorized").message, testing::HasSubstr("llm.api_key"));
}

TEST_F(OpenAILLMTest, a_refused_connection_is_unavailable_and_names_the_address) {
    auto p = params("echo");
    p.base_url = "http://127.0.0.1:9/v1/";
    const Heard heard = run(listen(make(p), question()));
    EXPECT_EQ(heard.error, errc::unavailable);
    EXPECT_THAT(heard.message, testing::HasSubstr("127.0.0.1:9"));
}

TEST_F(OpenAILLMTest, a_busy_server_is_asked_again_when_it_says_so) {
    script(R"({"next": ["busy_429"]})");
    auto p = params("echo");
    p.first_token_timeout = 5s;
    const auto begin = Clock::now();
    const Heard heard = run(listen(make(p), question()));
    EXPECT_EQ(heard.error, std::nullopt) << heard.message;
    EXPECT_GE(Clock::now() - begin, 1s) << "Retry-After: 1 was not honoured";
}

TEST_F(OpenAILLMTest, a_server_that_starts_is_asked_again_but_one_that_failed_is_not) {
    script(R"({"next": ["error_503", "error_502"]})");
    EXPECT_EQ(run(listen(make(params("echo")), question())).error, std::nullopt);
    const std::size_t before = logged("request");
    script(R"({"next": ["error_500"]})");
    EXPECT_EQ(run(listen(make(params("echo")), question())).error, errc::backend);
    EXPECT_EQ(logged("request") - before, 1U) << "a request that may have been worked on was sent again";
    script(R"({"next": ["reset_before_head"]})");
    EXPECT_EQ(run(listen(make(params("echo")), question())).error, errc::backend);
    EXPECT_EQ(logged("request") - before, 2U);
}

TEST_F(OpenAILLMTest, after_five_failures_in_a_row_the_server_is_left_alone_for_a_while) {
    auto p = params("error_500");
    p.breaker.open_for = 200ms;
    const auto llm = make(p);
    for (int i = 0; i < 5; ++i) EXPECT_THAT(run(listen(llm, question())).message, testing::HasSubstr("HTTP 500"));
    const std::size_t before = logged("request");
    EXPECT_EQ(run(listen(llm, question())).error, errc::unavailable);
    EXPECT_EQ(logged("request"), before);
    run_for(250ms);
    EXPECT_THAT(run(listen(llm, question())).message, testing::HasSubstr("HTTP 500"));
    EXPECT_EQ(logged("request"), before + 1);
}

Task<Clock::time_point> drop_after_first_token(std::shared_ptr<OpenAILLM> llm) {
    auto stream = co_await llm->astream_chat(question());
    co_await stream->next();
    co_return Clock::now();
}

TEST_F(OpenAILLMTest, a_dropped_stream_closes_the_connection_within_200_ms_and_its_slot_drains) {
    auto p = params("slow_tokens");
    p.slots = 1;
    const auto llm = make(p);
    const std::size_t before = logged("client_closed");
    const auto dropped = run(drop_after_first_token(llm));
    EXPECT_EQ(llm->slots_in_use(), 1U) << "the server may still be generating";
    while (logged("client_closed") == before) ASSERT_LT(Clock::now() - dropped, 2s);
    EXPECT_LT(Clock::now() - dropped, 200ms);
    run_for(300ms);
    EXPECT_EQ(llm->slots_in_use(), 0U);
    EXPECT_EQ(run(listen(make(params("echo")), question())).error, std::nullopt);
}

TEST_F(OpenAILLMTest, no_more_requests_run_at_once_than_the_server_has_slots) {
    auto p = params("hang_mid_stream");
    p.slots = 1;
    p.max_waiting = 1;
    const auto llm = make(p);
    struct Three {
        static Task<std::vector<Heard>> at_once(std::shared_ptr<OpenAILLM> llm) {
            std::vector<Task<Heard>> tasks;
            for (int i = 0; i < 3; ++i) tasks.push_back(listen(llm, question()));
            auto all = co_await when_all(std::move(tasks));
            co_return all;
        }
    };
    const std::size_t before = logged("request");
    const auto heard = run(Three::at_once(llm));
    EXPECT_EQ(heard[2].error, errc::overloaded) << "the line has room for one";
    EXPECT_EQ(heard[0].error, errc::timeout);
    EXPECT_EQ(heard[1].error, errc::timeout);
    EXPECT_LE(logged("request") - before, 2U);
}

TEST_F(OpenAILLMTest, without_a_model_name_the_first_the_server_offers_is_used) {
    const auto llm = make(params(""));
    EXPECT_EQ(llm->metadata().model, "");
    EXPECT_EQ(run(listen(llm, question())).error, std::nullopt);
    EXPECT_EQ(llm->metadata().model, "scripted");
    EXPECT_EQ(run(llm->amodels()), std::vector<std::string>{"scripted"});
}

TEST_F(OpenAILLMTest, the_request_holds_what_was_asked_and_asks_for_no_compression) {
    auto request = question("Grüße\xFF");
    request.max_tokens = 1'000'000;
    request.temperature = 7;
    EXPECT_EQ(run(listen(make(params("echo")), request)).error, std::nullopt);
    const std::string requests = run(server().requests());
    const std::string last = requests.substr(requests.rfind("\"path\""));
    EXPECT_THAT(last, testing::HasSubstr("\"/v1/chat/completions\""));
    EXPECT_THAT(last, testing::HasSubstr("\"authorization\": \"Bearer secret-key\""));
    EXPECT_THAT(last, testing::HasSubstr("\"accept-encoding\": \"identity\""));
    EXPECT_THAT(last, testing::HasSubstr("\"include_usage\": true"));
    EXPECT_THAT(last, testing::HasSubstr("\"max_tokens\": 4096"));
    EXPECT_THAT(last, testing::HasSubstr("\"temperature\": 2.0"));
    EXPECT_THAT(last, testing::HasSubstr("Gr\\u00fc\\u00dfe\\ufffd"));
}

TEST_F(OpenAILLMTest, the_status_tells_a_server_that_answers_from_one_that_does_not) {
    EXPECT_TRUE(run(make(params(""))->astatus()).ready);
    auto away = params("");
    away.base_url = "127.0.0.1:9";
    const LLMStatus status = run(make(away)->astatus());
    EXPECT_FALSE(status.ready);
    EXPECT_THAT(status.detail, testing::HasSubstr("127.0.0.1:9"));
}

TEST_F(OpenAILLMTest, tokens_are_counted_by_servers_that_can_and_others_are_asked_once) {
    const std::vector<std::string> texts{"one two three", "", "five words stand in here", "x"};
    for (const std::string kind : {"llama-server", "vllm"}) {
        run(server().script(R"({"tokenizer":")" + kind + "\"}"));
        EXPECT_EQ(run(make(params("echo"))->acount_tokens(texts)), (std::vector<std::size_t>{3, 0, 5, 1})) << kind;
    }
    run(server().script(R"({"tokenizer":""})"));
    const auto llm = make(params("echo"));
    EXPECT_TRUE(run(llm->acount_tokens({"one two"})).empty());
    const std::size_t asked = run(server().count("tokenize"));
    EXPECT_TRUE(run(llm->acount_tokens({"one two"})).empty());
    EXPECT_EQ(run(server().count("tokenize")), asked);
    // Another server may count.
    llm->set_endpoint(server().url, "");
    EXPECT_TRUE(run(llm->acount_tokens({"one two"})).empty());
    EXPECT_EQ(run(server().count("tokenize")), asked + 1);
    llm->set_endpoint("http://127.0.0.1:9", "");
    EXPECT_TRUE(run(llm->acount_tokens({"one two"})).empty());
    EXPECT_TRUE(run(llm->acount_tokens({})).empty());
}

TEST_F(OpenAILLMTest, a_status_is_not_asked_again_at_once) {
    auto p = params("");
    p.status_cache = 10s;
    const auto llm = make(p);
    EXPECT_TRUE(run(llm->astatus()).ready);
    llm->set_endpoint("http://127.0.0.1:9", "");
    EXPECT_FALSE(run(llm->astatus()).ready) << "another server has another status";
    llm->set_endpoint(server().url, "");
    EXPECT_TRUE(run(llm->astatus()).ready);
}

TEST_F(OpenAILLMTest, settings_that_cannot_work_are_refused_by_name) {
    const auto refusal = [&](const std::function<void(OpenAILLM::Params&)>& spoil) {
        auto p = params("echo");
        spoil(p);
        try {
            make(p);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::invalid_argument);
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    EXPECT_THAT(refusal([](auto& p) { p.base_url = ""; }), testing::HasSubstr("llm.base_url"));
    EXPECT_THAT(refusal([](auto& p) { p.base_url = "https://api.example.com"; }), testing::HasSubstr("https"));
    EXPECT_THAT(refusal([](auto& p) { p.slots = 0; }), testing::HasSubstr("llm.slots"));
    EXPECT_THAT(refusal([](auto& p) { p.temperature = 3; }), testing::HasSubstr("llm.temperature"));
    const std::string said = refusal([](auto& p) { p.base_url = "http://user:pa55word@host/v1"; });
    EXPECT_THAT(said, testing::HasSubstr("llm.api_key"));
    EXPECT_EQ(said.find("pa55word"), std::string::npos);
}

TEST_F(OpenAILLMTest, cancelled_at_any_point_it_leaves_no_slot_taken_and_no_work_behind) {
    auto p = params("echo");
    p.drain_limit = 5ms;
    std::weak_ptr<OpenAILLM> last;
    struct Ask {
        static Task<> once(OpenAILLM::Params params, std::size_t* in_use) {
            const auto executor = server().executor;
            const auto llm = std::make_shared<OpenAILLM>(params, executor);
            struct Look {
                OpenAILLM* llm;
                std::size_t* in_use;
                ~Look() { *in_use = llm->slots_in_use(); }
            } look{llm.get(), in_use};
            co_await listen(llm, question());
        }
    };
    std::size_t in_use = 0;
    std::size_t points = 0;
    for (bool ended = false; !ended && points < 200; points += points < 40 ? 1 : 7) {
        boost::asio::io_context own{1};
        server().executor = own.get_executor();
        boost::asio::cancellation_signal signal;
        std::exception_ptr failure;
        bool done = false;
        boost::asio::co_spawn(own, Ask::once(p, &in_use), boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
                                  failure = e;
                                  done = true;
                              }));
        for (std::size_t i = 0; i < points && !done; ++i) own.run_one_for(5s);
        ended = done;
        signal.emit(boost::asio::cancellation_type::all);
        own.run_for(5s);
        ASSERT_TRUE(own.stopped()) << "work was left behind after " << points << " handlers";
        ASSERT_TRUE(done);
        if (failure) EXPECT_TRUE(is_cancelled(failure)) << points;
        if (!failure) EXPECT_EQ(in_use, 0U);
    }
    server().executor = io.get_executor();
    EXPECT_GT(points, 10U);
}

TEST_F(OpenAILLMTest, its_loop_may_end_at_any_point) {
    for (std::size_t points = 0; points < 40; points += 3) {
        boost::asio::io_context own{1};
        auto p = params("slow_tokens");
        const auto llm = std::make_shared<OpenAILLM>(p, own.get_executor());
        boost::asio::co_spawn(own, listen(llm, question()), [](std::exception_ptr, const Heard&) {});
        for (std::size_t i = 0; i < points; ++i) own.run_one_for(1s);
    }
    SUCCEED();
}

ChatRequest question_with_tools() {
    ChatRequest request = question("What was the toll?");
    request.tools = {{"search_library", "Finds passages.", {{.name = "query", .description = "what to look for"}}}};
    return request;
}

TEST_F(OpenAILLMTest, whether_a_model_calls_tools_is_tried_once_and_decides_how_they_are_said) {
    struct Case {
        const char* state;
        ToolCalling calling;
        const char* in_body;
        std::size_t probes;
    };
    for (const Case& c : {Case{"native", ToolCalling::native, R"("tools": [{"type": "function")", 1},
                          Case{"constrained", ToolCalling::constrained, R"("response_format": {"type": "json_schema")", 2},
                          Case{"text", ToolCalling::text, "Action Input:", 3}, Case{"none", ToolCalling::none, "Action Input:", 3}}) {
        script(std::string(R"({"tool_calling": ")") + c.state + "\"}");
        const auto before = logged("probe");
        const auto llm = make(params("tool_agent"));
        EXPECT_EQ(run(llm->atool_calling()), c.calling) << c.state;
        const auto response = run(llm->achat(question_with_tools()));
        ASSERT_EQ(response.tool_calls.size(), 1U) << c.state;
        EXPECT_EQ(response.tool_calls[0].name, "search_library");
        EXPECT_EQ(response.tool_calls[0].arguments.text("query"), "What was the toll?");
        EXPECT_EQ(response.text, "");
        const std::string requests = run(server().requests());
        EXPECT_THAT(requests.substr(requests.rfind("{\"path\"")), testing::HasSubstr(c.in_body)) << c.state;
        EXPECT_EQ(run(llm->atool_calling()), c.calling);
        EXPECT_EQ(logged("probe") - before, c.probes) << "the result is kept";
    }
    script(R"({"tool_calling": "none"})");
}

TEST_F(OpenAILLMTest, all_who_ask_share_one_trial_and_it_goes_on_when_nobody_waits) {
    script(R"({"tool_calling": "native"})");
    const auto before = logged("probe");
    const auto llm = make(params("tool_agent"));
    const auto impatient = [&] { run(with_deadline(llm->atool_calling(), 0ms)); };
    try {
        impatient();
        ADD_FAILURE() << "no trial takes no time";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::timeout);
    }
    const auto both = run(when_all(llm->atool_calling(), llm->atool_calling()));
    EXPECT_EQ(std::get<0>(both), ToolCalling::native);
    EXPECT_EQ(std::get<1>(both), ToolCalling::native);
    EXPECT_EQ(logged("probe") - before, 1U);
    EXPECT_EQ(llm->slots_in_use(), 0U);
    script(R"({"tool_calling": "none"})");
}

TEST_F(OpenAILLMTest, a_server_that_is_away_says_nothing_of_its_model) {
    auto away = params("tool_agent");
    away.base_url = "http://127.0.0.1:9/v1";
    const auto llm = make(away);
    try {
        run(llm->atool_calling());
        FAIL() << "a result without a server";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::unavailable);
    }
}

}  // namespace
}  // namespace docmind
