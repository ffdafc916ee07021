#include "llms/llama_server.hpp"
#include "llms/built_in_llm.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "async/deadline.hpp"
#include "async/test_support.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using State = LlamaServer::State;

fs::path parts_dir() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME")) return fs::path(cache) / "docmind/current";
    const char* home = std::getenv("HOME");
    return fs::path(home != nullptr ? home : "/") / ".cache/docmind/current";
}

bool is_set_up() {
    return fs::exists(parts_dir() / "llama-server") && fs::exists(parts_dir() / "llm.gguf");
}

#define NEEDS_SET_UP() \
    if (!is_set_up()) GTEST_SKIP() << "no llama-server and model in " << parts_dir() << ": run make setup"

LlamaServer::Params params() {
    LlamaServer::Params p;
    p.server_path = parts_dir() / "llama-server";
    p.model_path = parts_dir() / "llm.gguf";
    p.context_window = 1024;
    p.slots = 1;
    p.first_pause = 50ms;
    return p;
}

bool is_alive(pid_t pid) {
    return ::kill(pid, 0) == 0;
}

Task<errc> why_not(LlamaServer* server) {
    try {
        co_await server->astart();
    } catch (const Error& error) {
        co_return error.code();
    }
    co_return errc::internal;
}

fs::path write_script(const std::string& name, const std::string& text) {
    const fs::path path = fs::temp_directory_path() / (name + std::to_string(::getpid()));
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_all);
    return path;
}

TEST(LlamaServer, what_is_missing_is_said_with_the_remedy) {
    struct Case {
        static Task<> run(LlamaServer::Params p) {
            const auto executor = co_await boost::asio::this_coro::executor;
            LlamaServer server(p, executor);
            const errc code = co_await why_not(&server);
            EXPECT_EQ(code, errc::unavailable);
            EXPECT_EQ(server.state(), State::missing);
            EXPECT_THAT(server.detail(), testing::HasSubstr("make setup"));
            co_await server.astop();
        }
    };
    auto p = params();
    p.server_path = "/nonexistent/llama-server";
    test::run_task(Case::run(p));
}

TEST(LlamaServer, a_program_that_ends_at_once_is_unavailable_with_its_last_words_and_tried_again) {
    struct Case {
        static Task<> run(LlamaServer::Params p) {
            const auto executor = co_await boost::asio::this_coro::executor;
            LlamaServer server(p, executor);
            const errc code = co_await why_not(&server);
            EXPECT_EQ(code, errc::unavailable);
            EXPECT_EQ(server.state(), State::failed);
            EXPECT_THAT(server.detail(), testing::AllOf(testing::HasSubstr("exit code 3"), testing::HasSubstr("error: no such layer")));
            co_await sleep_for(200ms);
            co_await server.astop();
            EXPECT_EQ(server.pid(), -1);
        }
    };
    const fs::path count = write_script("docmind-count", "");
    auto p = params();
    p.server_path = write_script("docmind-bad-server",
                                 "#!/bin/sh\necho loading\necho error: no such layer >&2\necho x >> " + count.string() + "\nexit 3\n");
    p.model_path = p.server_path;
    test::run_task(Case::run(p));
    EXPECT_GE(fs::file_size(count), 4U) << "it was not tried again";
    fs::remove(p.server_path);
    fs::remove(count);
}

TEST(BuiltInLLM, answers_from_the_real_model_and_leaves_no_process_behind) {
    NEEDS_SET_UP();
    struct Case {
        static Task<pid_t> run(BuiltInLLM::Params p) {
            const auto executor = co_await boost::asio::this_coro::executor;
            BuiltInLLM llm(p, executor);
            const LLMStatus before = co_await llm.astatus();
            EXPECT_FALSE(before.ready);
            EXPECT_THAT(before.detail, testing::HasSubstr("starting"));
            ChatRequest request;
            request.messages = {{MessageRole::user, "The sky is blue. Which colour has the sky?"}};
            request.max_tokens = 16;
            const ChatResponse response = co_await llm.achat(request);
            EXPECT_FALSE(response.text.empty());
            EXPECT_TRUE(response.usage && response.usage->prompt_tokens > 5);
            const LLMStatus after = co_await llm.astatus();
            EXPECT_TRUE(after.ready) << after.detail;
            const pid_t pid = llm.server().pid();
            EXPECT_TRUE(is_alive(pid));
            co_return pid;
        }
    };
    BuiltInLLM::Params p{params(), {}};
    p.llm.context_window = 1024;
    const pid_t pid = test::run_task(Case::run(p), 60s);
    EXPECT_FALSE(is_alive(pid));
}

TEST(BuiltInLLM, a_killed_server_is_started_again_and_answers) {
    NEEDS_SET_UP();
    struct Case {
        static Task<> run(BuiltInLLM::Params p) {
            const auto executor = co_await boost::asio::this_coro::executor;
            BuiltInLLM llm(p, executor);
            ChatRequest request;
            request.messages = {{MessageRole::user, "Say yes."}};
            request.max_tokens = 4;
            co_await llm.achat(request);
            const pid_t first = llm.server().pid();
            ::kill(first, SIGKILL);
            while (llm.server().state() == State::up) co_await sleep_for(1ms);
            EXPECT_THAT(llm.server().detail(), testing::HasSubstr("signal 9"));
            const ChatResponse response = co_await llm.achat(request);
            EXPECT_FALSE(response.text.empty());
            EXPECT_NE(llm.server().pid(), first);
            co_await llm.astop();
            EXPECT_EQ(llm.server().pid(), -1);
        }
    };
    BuiltInLLM::Params p{params(), {}};
    p.llm.context_window = 1024;
    p.server.first_pause = 50ms;
    test::run_task(Case::run(p), 60s);
}

TEST(LlamaServer, destroyed_at_any_point_it_leaves_no_process_behind) {
    NEEDS_SET_UP();
    for (const auto time : {0ms, 5ms, 60ms, 400ms}) {
        pid_t pid = -1;
        {
            boost::asio::io_context io{1};
            LlamaServer server(params(), io.get_executor());
            server.start();
            io.run_for(time);
            pid = server.pid();
        }
        if (pid > 0) EXPECT_FALSE(is_alive(pid)) << time.count();
    }
}

}  // namespace
}  // namespace docmind
