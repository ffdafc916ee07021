#include "llms/fallback_llm.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"
#include "llms/switchable_llm.hpp"

namespace docmind {
namespace {

const Error away(errc::unavailable, "The first server is away.");

ChatRequest question() {
    return {.messages = {{MessageRole::user, "When was the bridge opened?"}}, .max_tokens = {}, .temperature = {}};
}

std::shared_ptr<ScriptedLLM> named(const std::string& name) {
    auto llm = std::make_shared<ScriptedLLM>();
    llm->model = name;
    return llm;
}

Task<std::string> read(LLM* llm) {
    const auto stream = co_await llm->astream_chat(question());
    std::string text;
    while (true) {
        auto delta = co_await stream->next();
        if (!delta) break;
        text += delta->text;
    }
    co_return text;
}

class FallbackLLMTest : public testing::Test {
  protected:
    std::shared_ptr<ScriptedLLM> first = named("first"), second = named("second");
    FallbackLLM both{{first, second}};
};

TEST_F(FallbackLLMTest, the_first_answers_while_it_can) {
    first->reply("In 1872.");
    EXPECT_EQ(test::run_task(read(&both)), "In 1872.");
    EXPECT_TRUE(second->requests().empty());
    EXPECT_EQ(both.metadata().model, "first");
}

TEST_F(FallbackLLMTest, tokens_are_counted_by_the_one_that_answered_last) {
    first->tokens_per_word = 1;
    second->tokens_per_word = 3;
    EXPECT_EQ(test::run_task(both.acount_tokens({"two words"})), std::vector<std::size_t>{2});
    first->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = away});
    second->reply("In 1872.");
    test::run_task(read(&both));
    EXPECT_EQ(test::run_task(both.acount_tokens({"two words"})), std::vector<std::size_t>{6});
    SwitchableLLM current(second);
    EXPECT_EQ(test::run_task(current.acount_tokens({"two words"})), std::vector<std::size_t>{6});
}

TEST_F(FallbackLLMTest, the_second_answers_where_the_first_refuses_and_where_it_breaks_before_its_first_word) {
    first->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = away});
    second->reply("In 1872.");
    EXPECT_EQ(test::run_task(read(&both)), "In 1872.");
    first->reply(ScriptedLLM::Reply{.tokens = {}, .fails_after = Error(errc::timeout, "It did not begin.")});
    second->reply("It is red.");
    EXPECT_EQ(test::run_task(read(&both)), "It is red.");
    EXPECT_EQ(both.metadata().model, "second");
    first->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = away});
    second->reply("Whole.");
    EXPECT_EQ(test::run_task(both.achat(question())).text, "Whole.");
}

TEST_F(FallbackLLMTest, an_answer_that_has_begun_is_not_begun_again_by_another) {
    first->reply(ScriptedLLM::Reply{.tokens = {"In", " 18"}, .fails_after = Error(errc::backend, "It broke off.")});
    EXPECT_THROW(test::run_task(read(&both)), Error);
    EXPECT_TRUE(second->requests().empty());
}

TEST_F(FallbackLLMTest, a_question_that_is_wrong_is_wrong_everywhere) {
    first->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = Error(errc::invalid_argument, "No message.")});
    EXPECT_THROW(test::run_task(read(&both)), Error);
    EXPECT_TRUE(second->requests().empty());
}

TEST_F(FallbackLLMTest, where_none_can_answer_the_first_says_why) {
    first->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = away});
    second->reply(ScriptedLLM::Reply{.tokens = {}, .refuses = Error(errc::unavailable, "The second server is away.")});
    try {
        test::run_task(read(&both));
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), away.what());
    }
}

TEST_F(FallbackLLMTest, what_the_model_can_do_with_tools_is_that_of_one_that_can_be_tried) {
    first->calling_fails = away;
    second->calling = ToolCalling::text;
    EXPECT_EQ(test::run_task(both.atool_calling()), ToolCalling::text);
}

TEST_F(FallbackLLMTest, leaving_at_any_moment_leaves_no_stream_open) {
    const auto sweep = test::cancel_at_every_await([] -> Task<> {
        auto one = named("first"), other = named("second");
        one->reply(ScriptedLLM::Reply{.tokens = {}, .before_first = std::chrono::milliseconds(1), .refuses = away});
        other->reply(ScriptedLLM::Reply{.tokens = {"In", " 1872."}, .between = std::chrono::milliseconds(1)});
        FallbackLLM llm({one, other});
        co_await read(&llm);
        EXPECT_EQ(other->open_streams(), 0u);
    });
    EXPECT_GT(sweep.cancelled, 0u);
}

TEST(FallbackLLMParamsTest, no_model_is_refused) {
    EXPECT_THROW(FallbackLLM({}), Error);
    EXPECT_THROW(FallbackLLM({nullptr}), Error);
}

TEST(SwitchableLLMTest, an_answer_ends_with_the_model_it_began_with_and_the_next_one_is_of_the_new) {
    auto first = named("first");
    first->reply("One two.");
    const std::weak_ptr<LLM> old = first;
    SwitchableLLM llm(std::move(first));
    const auto second = named("second");
    second->reply("Three.");
    test::run_task([](SwitchableLLM* switchable, std::shared_ptr<LLM> next, std::weak_ptr<LLM> before) -> Task<> {
        auto stream = co_await switchable->astream_chat(question());
        co_await stream->next();
        switchable->set(std::move(next));
        EXPECT_EQ(switchable->metadata().model, "second");
        std::string rest;
        while (true) {
            auto delta = co_await stream->next();
            if (!delta) break;
            rest += delta->text;
        }
        EXPECT_THAT(rest, testing::HasSubstr("two."));
        EXPECT_FALSE(before.expired());
        stream.reset();
        EXPECT_TRUE(before.expired());
        const auto response = co_await switchable->achat(question());
        EXPECT_EQ(response.text, "Three.");
    }(&llm, second, old));
}

}  // namespace
}  // namespace docmind
