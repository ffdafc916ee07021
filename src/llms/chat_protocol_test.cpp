#include "llms/chat_delta_assembler.hpp"
#include "llms/openai_protocol.hpp"
#include "llms/think_filter.hpp"
#include "llms/utf8_joiner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string content(const std::string& text) {
    return R"({"choices":[{"delta":{"content":")" + text + R"("}}]})";
}

errc code_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.code();
    }
    return errc::internal;
}

TEST(ChatDeltaAssembler, text_reason_and_usage_come_out_and_nothing_else) {
    ChatDeltaAssembler assembler;
    auto delta = assembler.feed(R"({"choices":[{"delta":{"content":"Hello","tool_calls":[1],"reasoning_content":"x"}}],"execute":"evil"})");
    ASSERT_TRUE(delta);
    EXPECT_EQ(delta->text, "Hello");
    EXPECT_FALSE(assembler.feed(R"({"choices":[{"delta":{"role":"assistant","content":null}}]})"));
    delta = assembler.feed(R"({"choices":[{"delta":{},"finish_reason":"length"}]})");
    ASSERT_TRUE(delta);
    EXPECT_EQ(delta->finish_reason, "length");
    EXPECT_TRUE(assembler.complete());
    EXPECT_FALSE(assembler.done());
    delta = assembler.feed(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1e99}})");
    ASSERT_TRUE(delta && delta->usage);
    EXPECT_EQ(delta->usage->prompt_tokens, 3);
    EXPECT_FALSE(assembler.feed("[DONE]"));
    EXPECT_TRUE(assembler.done());
    EXPECT_FALSE(assembler.feed(content("late")));
}

TEST(ChatDeltaAssembler, text_after_the_end_is_not_said_twice) {
    ChatDeltaAssembler assembler;
    EXPECT_TRUE(assembler.feed(R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]})"));
    EXPECT_FALSE(assembler.feed(R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]})"));
}

TEST(ChatDeltaAssembler, a_character_cut_between_two_events_is_joined) {
    ChatDeltaAssembler assembler;
    std::string text;
    for (const std::string part : {"\xE6\x9D", "\xB1", "!"}) {
        if (auto delta = assembler.feed(content(part))) text += delta->text;
    }
    EXPECT_EQ(text, "東!");
}

TEST(ChatDeltaAssembler, nonsense_and_error_objects_are_backend_errors) {
    for (const std::string data : {"<html>", "[1,2]", "17", R"({"error":{"message":"no"}})", R"({"error":"no"})", "{\"choices\":"}) {
        ChatDeltaAssembler assembler;
        EXPECT_EQ(code_of([&] { (void)assembler.feed(data); }), errc::backend) << data;
    }
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "{\"a\":";
    ChatDeltaAssembler assembler;
    EXPECT_EQ(code_of([&] { (void)assembler.feed(deep); }), errc::backend);
}

TEST(ChatDeltaAssembler, an_answer_over_its_limit_is_an_error) {
    ChatDeltaAssembler assembler({.max_answer_bytes = 10});
    EXPECT_TRUE(assembler.feed(content("12345678")));
    EXPECT_EQ(code_of([&] { (void)assembler.feed(content("12345678")); }), errc::backend);
}

TEST(ThinkFilter, the_block_at_the_start_goes_wherever_it_is_cut) {
    const std::string whole = "\n<think>\nsecret <b> </thin\n</think>\n\nThe <think> tag is text here.";
    for (std::size_t size = 1; size <= whole.size(); ++size) {
        ThinkFilter filter;
        std::string out;
        for (std::size_t i = 0; i < whole.size(); i += size) out += filter.feed(whole.substr(i, size));
        out += filter.finish();
        EXPECT_EQ(out, "The <think> tag is text here.") << size;
    }
}

TEST(ThinkFilter, a_block_that_never_ends_gives_nothing_and_a_lone_bracket_is_text) {
    ThinkFilter open;
    EXPECT_EQ(open.feed("<think>for ever") + open.finish(), "");
    ThinkFilter text;
    EXPECT_EQ(text.feed("<thi") + text.finish(), "<thi");
}

TEST(Utf8Joiner, what_can_never_be_valid_is_replaced) {
    Utf8Joiner joiner;
    EXPECT_EQ(joiner.feed("a\xC0\xAF"
                          "b\xED\xA0\x80"),
              "a\xEF\xBF\xBD\xEF\xBF\xBD"
              "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(joiner.feed("\xF0\x9F"), "");
    EXPECT_EQ(joiner.feed("\x8C\x8D"), "🌍");
    EXPECT_EQ(joiner.feed("\xF0\x9F") + joiner.finish(), "\xEF\xBF\xBD");
}

TEST(OpenAIProtocol, busy_slots_are_counted_and_other_answers_say_nothing) {
    EXPECT_EQ(parse_busy_slots(R"([{"id":0,"is_processing":true},{"id":1,"is_processing":false}])"), 1U);
    EXPECT_EQ(parse_busy_slots(R"({"error":1})"), std::nullopt);
    EXPECT_EQ(parse_busy_slots(R"([{"id":0}])"), std::nullopt);
}

TEST(OpenAIProtocol, token_counts_are_read_in_the_forms_of_both_servers_and_other_answers_say_nothing) {
    EXPECT_EQ(parse_token_count(R"({"tokens":[1,2,3]})"), 3U);
    EXPECT_EQ(parse_token_count(R"({"tokens":[]})"), 0U);
    EXPECT_EQ(parse_token_count(R"({"count":7,"max_model_len":4096,"tokens":[1]})"), 7U);
    for (const char* body : {"", "[]", "<html>", R"({"error":"no"})", R"({"count":-1})", R"({"count":"7"})", R"({"tokens":5})"})
        EXPECT_EQ(parse_token_count(body), std::nullopt) << body;
    EXPECT_THAT(tokenize_body("m", "a\xff\"b"), testing::HasSubstr("\xEF\xBF\xBD\\\"b"));
}

TEST(OpenAIProtocol, lists_of_models_are_read_and_nonsense_is_an_error) {
    EXPECT_THAT(parse_models(R"({"data":[{"id":"a"},{"id":7},{"no":1},{"id":"b"}]})"), testing::ElementsAre("a", "b"));
    EXPECT_THAT(parse_models(R"({"data":null})"), testing::IsEmpty());
    EXPECT_EQ(code_of([] { (void)parse_models("<html>"); }), errc::backend);
}

}  // namespace
}  // namespace docmind
