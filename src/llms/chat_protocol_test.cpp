#include "llms/chat_delta_assembler.hpp"
#include "llms/circuit_breaker.hpp"
#include "llms/openai_protocol.hpp"
#include "llms/retry_policy.hpp"
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

TEST(RetryPolicy, pauses_grow_with_jitter_and_end_after_the_last_attempt) {
    RetryPolicy policy({.max_attempts = 3, .base = 100ms, .cap = 1s});
    const Clock::time_point now{};
    policy.request_started(now);
    EXPECT_EQ(policy.next_delay(1, std::nullopt, now, 0.5), 50ms);
    EXPECT_EQ(policy.next_delay(2, std::nullopt, now, 0.5), 100ms);
    EXPECT_EQ(policy.next_delay(3, std::nullopt, now, 0.5), std::nullopt);
}

TEST(RetryPolicy, the_wish_of_the_server_is_kept_unless_it_is_too_long) {
    RetryPolicy policy;
    EXPECT_EQ(policy.next_delay(1, 3s, {}, 0), 3s);
    EXPECT_EQ(policy.next_delay(1, 1h, {}, 0), std::nullopt);
}

TEST(RetryPolicy, retries_are_at_most_a_fifth_of_the_requests_and_three) {
    RetryPolicy policy;
    Clock::time_point now{};
    for (int i = 0; i < 100; ++i) policy.request_started(now);
    int allowed = 0;
    for (int i = 0; i < 100; ++i) allowed += policy.next_delay(1, std::nullopt, now, 0).has_value() ? 1 : 0;
    EXPECT_EQ(allowed, 20);
    now += 2min;
    allowed = 0;
    for (int i = 0; i < 100; ++i) allowed += policy.next_delay(1, std::nullopt, now, 0).has_value() ? 1 : 0;
    EXPECT_EQ(allowed, 3);
}

TEST(CircuitBreaker, opens_after_failures_in_a_row_and_lets_one_try) {
    CircuitBreaker breaker({.failures_to_open = 2, .open_for = 5s});
    Clock::time_point now{};
    breaker.failed(now);
    breaker.succeeded();
    breaker.failed(now);
    EXPECT_TRUE(breaker.allow(now));
    breaker.failed(now);
    EXPECT_FALSE(breaker.allow(now));
    now += 5s;
    EXPECT_TRUE(breaker.allow(now));
    EXPECT_FALSE(breaker.allow(now)) << "one at a time";
    breaker.abandoned();
    EXPECT_TRUE(breaker.allow(now)) << "an abandoned try says nothing";
    breaker.failed(now);
    EXPECT_FALSE(breaker.allow(now));
    now += 5s;
    EXPECT_TRUE(breaker.allow(now));
    breaker.succeeded();
    EXPECT_TRUE(breaker.allow(now));
}

TEST(OpenAIProtocol, an_address_is_understood_with_and_without_its_ends) {
    for (const std::string url :
         {"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", "h:1", " HTTP://h:1/v1/chat/completions "}) {
        EXPECT_EQ(api_root(url), "http://h:1/v1") << url;
    }
    EXPECT_EQ(api_root("http://h/api/v3"), "http://h/api/v3");
    EXPECT_EQ(api_root("http://[::1]:8080/vllm"), "http://[::1]:8080/vllm/v1");
    for (const std::string url : {"", "http://", "http://a b", "ftp://h", "http://h/v1?key=x"})
        EXPECT_EQ(code_of([&] { (void)api_root(url); }), errc::invalid_argument) << url;
}

TEST(OpenAIProtocol, busy_slots_are_counted_and_other_answers_say_nothing) {
    EXPECT_EQ(parse_busy_slots(R"([{"id":0,"is_processing":true},{"id":1,"is_processing":false}])"), 1U);
    EXPECT_EQ(parse_busy_slots(R"({"error":1})"), std::nullopt);
    EXPECT_EQ(parse_busy_slots(R"([{"id":0}])"), std::nullopt);
}

TEST(OpenAIProtocol, lists_of_models_are_read_and_nonsense_is_an_error) {
    EXPECT_THAT(parse_models(R"({"data":[{"id":"a"},{"id":7},{"no":1},{"id":"b"}]})"), testing::ElementsAre("a", "b"));
    EXPECT_THAT(parse_models(R"({"data":null})"), testing::IsEmpty());
    EXPECT_EQ(code_of([] { (void)parse_models("<html>"); }), errc::backend);
}

TEST(OpenAIProtocol, retry_after_is_seconds) {
    EXPECT_EQ(parse_retry_after(" 7 "), std::optional<Clock::duration>(7s));
    EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), std::nullopt);
    EXPECT_EQ(parse_retry_after("-1"), std::nullopt);
}

}  // namespace
}  // namespace docmind
