// Tool calls as servers and models really write them. The events are those of Ollama, vLLM, SGLang and llama-server, shortened by members
// that nobody reads.

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llms/chat_delta_assembler.hpp"
#include "llms/openai_protocol.hpp"
#include "llms/tool_json.hpp"

namespace docmind {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<ToolMetadata> tools() {
    return {{"search_library", "Finds passages.", {{.name = "query", .description = "what to look for"}}},
            {"read_page",
             "Gives a page.",
             {{.name = "document", .description = "its name"},
              {.name = "page", .description = "its number", .type = ToolParameter::Type::integer}}}};
}

ChatResponse hear(const std::vector<std::string>& events, ToolCalling form = ToolCalling::native) {
    ChatDeltaAssembler assembler({.tools = tools(), .form = form});
    ChatResponse heard;
    for (const std::string& event : events) {
        auto delta = assembler.feed(event);
        if (!delta) continue;
        heard.text += delta->text;
        heard.thought += delta->thought;
        if (!delta->finish_reason.empty()) heard.finish_reason = delta->finish_reason;
        for (ToolCall& call : delta->tool_calls) heard.tool_calls.push_back(std::move(call));
    }
    EXPECT_TRUE(assembler.complete());
    return heard;
}

void expect_search(const ToolCall& call, const std::string& query) {
    EXPECT_EQ(call.name, "search_library");
    EXPECT_EQ(call.problem, "");
    EXPECT_EQ(call.arguments.text("query"), query);
}

void expect_page(const ToolCall& call, std::int64_t page) {
    EXPECT_EQ(call.name, "read_page");
    EXPECT_EQ(call.arguments.text("document"), "bridge.pdf");
    EXPECT_EQ(call.arguments.integer("page"), page);
}

TEST(ToolCalls, of_ollama_come_whole_and_both_have_the_index_0) {
    const std::string head =
        R"({"id":"chatcmpl-437","object":"chat.completion.chunk","created":1735833400,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"")";
    const auto heard = hear({
        head +
            R"(,"tool_calls":[{"id":"call_zmmvlkvi","index":0,"type":"function","function":{"name":"search_library","arguments":"{\"query\":\"toll\"}"}}]},"finish_reason":null}]})",
        head +
            R"(,"tool_calls":[{"id":"call_a1b2c3d4","index":0,"type":"function","function":{"name":"read_page","arguments":"{\"document\":\"bridge.pdf\",\"page\":4}"}}]},"finish_reason":null}]})",
        head + R"(},"finish_reason":"tool_calls"}]})",
        R"({"id":"chatcmpl-437","choices":[],"usage":{"prompt_tokens":80,"completion_tokens":20,"total_tokens":100}})",
        "[DONE]",
    });
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    EXPECT_EQ(heard.tool_calls[0].id, "call_zmmvlkvi");
    expect_page(heard.tool_calls[1], 4);
    EXPECT_EQ(heard.text, "");
    EXPECT_EQ(heard.finish_reason, "tool_calls");
}

TEST(ToolCalls, of_an_older_ollama_come_with_the_end_and_without_an_index) {
    const auto heard = hear({
        R"({"id":"chatcmpl-20","model":"llama3-groq-tool-use:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_ejieksiz","type":"function","function":{"name":"search_library","arguments":"{\"query\":\"toll\"}"}},{"id":"call_2","type":"function","function":{"name":"read_page","arguments":"{\"document\":\"bridge.pdf\",\"page\":2}"}}]},"finish_reason":"tool_calls"}]})",
        "[DONE]",
    });
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    expect_page(heard.tool_calls[1], 2);
}

TEST(ToolCalls, of_vllm_come_in_pieces_and_the_next_one_begins_with_its_id) {
    const auto piece = [](const std::string& call) {
        return R"({"id":"chatcmpl-tool","object":"chat.completion.chunk","model":"Qwen","choices":[{"index":0,"delta":{"tool_calls":[)" +
               call + R"(]},"logprobs":null,"finish_reason":null}]})";
    };
    const auto heard = hear({
        R"({"id":"chatcmpl-tool","object":"chat.completion.chunk","model":"Qwen","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]})",
        piece(R"({"id":"chatcmpl-tool-c9ZCzB9b","type":"function","index":0,"function":{"name":"search_library","arguments":""}})"),
        piece(R"({"index":0,"function":{"arguments":"{\"que"}})"),
        piece(R"({"id":"","index":0,"function":{"name":null,"arguments":"ry\": \"toll\"}"}})"),
        piece(R"({"id":"chatcmpl-tool-HfzZPEVf","type":"function","index":0,"function":{"name":"read_page","arguments":""}})"),
        piece(R"({"index":0,"function":{"arguments":"{\"document\": \"bridge.pdf\", \"page\": 7}"}})"),
        R"({"id":"chatcmpl-tool","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"tool_calls","stop_reason":null}]})",
        "[DONE]",
    });
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    EXPECT_EQ(heard.tool_calls[0].id, "chatcmpl-tool-c9ZCzB9b");
    expect_page(heard.tool_calls[1], 7);
}

TEST(ToolCalls, of_sglang_repeat_the_id_with_every_piece) {
    const auto piece = [](const std::string& id, const std::string& name, const std::string& arguments) {
        return R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":")" + id + R"(","function":{"name":)" + name +
               R"(,"arguments":")" + arguments + R"("}}]},"finish_reason":null}]})";
    };
    const auto heard = hear({piece("0", "\"search_library\"", ""), piece("0", "null", R"({\"query\":\"toll\"})"),
                             piece("1", "\"search_library\"", ""), piece("1", "null", R"({\"query\":\"flood\"})"),
                             R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})", "[DONE]"});
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    expect_search(heard.tool_calls[1], "flood");
}

TEST(ToolCalls, of_llama_server_interleave_by_their_index) {
    const auto piece = [](const std::string& call) {
        return R"({"choices":[{"finish_reason":null,"index":0,"delta":{"tool_calls":[)" + call +
               R"(]}}],"created":1747000000,"object":"chat.completion.chunk"})";
    };
    const auto heard = hear({
        R"({"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"object":"chat.completion.chunk"})",
        R"({"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"I should search."}}]})",
        piece(R"({"index":0,"id":"PTzrTq","type":"function","function":{"name":"search_library","arguments":"{"}})"),
        piece(R"({"index":1,"id":"Yq3sOb","type":"function","function":{"name":"read_page","arguments":"{\"document\":"}})"),
        piece(R"({"index":0,"function":{"arguments":"\"query\":\"toll\"}"}})"),
        piece(R"({"index":1,"function":{"arguments":"\"bridge.pdf\",\"page\":1}"}})"),
        R"({"choices":[{"finish_reason":"tool_calls","index":0,"delta":{}}],"usage":{"completion_tokens":20,"prompt_tokens":10,"total_tokens":30},"timings":{"prompt_n":10}})",
        "[DONE]",
    });
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    expect_page(heard.tool_calls[1], 1);
    EXPECT_EQ(heard.text, "");
    EXPECT_EQ(heard.thought, "") << "reasoning is no text of ours";
}

TEST(ToolCalls, in_one_body_are_read_also_where_the_arguments_are_an_object) {
    const auto heard = parse_chat_response(
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"search_library","arguments":{"query":"toll"}}}]},"finish_reason":"tool_calls"}]})",
        {.tools = tools()});
    ASSERT_EQ(heard.tool_calls.size(), 1U);
    expect_search(heard.tool_calls[0], "toll");
}

TEST(ToolCalls, that_nobody_asked_for_are_dropped) {
    ChatDeltaAssembler assembler;
    const auto delta = assembler.feed(
        R"({"choices":[{"index":0,"delta":{"content":"x","tool_calls":[{"id":"c1","function":{"name":"rm","arguments":"{}"}}]},"finish_reason":"stop"}]})");
    ASSERT_TRUE(delta);
    EXPECT_EQ(delta->text, "x");
    EXPECT_TRUE(delta->tool_calls.empty());
}

TEST(ToolCalls, of_a_stream_that_broke_off_are_dropped) {
    ChatDeltaAssembler assembler({.tools = tools()});
    EXPECT_FALSE(assembler.feed(
        R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"search_library","arguments":"{\"query\":\"to"}}]}}]})"));
    EXPECT_FALSE(assembler.finish());
}

TEST(ToolCalls, without_end_are_an_error) {
    ChatDeltaAssembler assembler({.tools = tools()});
    const std::string event =
        R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":")" + std::string(10'000, 'x') + R"("}}]}}]})";
    EXPECT_THROW(
        {
            for (int i = 0; i < 10; ++i) (void)assembler.feed(event);
        },
        Error);
    ChatDeltaAssembler many({.tools = tools()});
    EXPECT_THROW(
        {
            for (int i = 0; i < 40; ++i)
                (void)many.feed(R"({"choices":[{"delta":{"tool_calls":[{"index":)" + std::to_string(i) +
                                R"(,"function":{"name":"x"}}]}}]})");
        },
        Error);
}

std::vector<std::string> content_events(const std::string& text, std::size_t size) {
    std::vector<std::string> events;
    for (std::size_t i = 0; i < text.size(); i += size) {
        std::string escaped;
        for (const char c : text.substr(i, size)) {
            if (c == '"' || c == '\\') escaped.push_back('\\');
            escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
        }
        events.push_back(R"({"choices":[{"index":0,"delta":{"content":")" + escaped + R"("}}]})");
    }
    events.emplace_back(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
    return events;
}

TEST(SpokenToolCalls, that_a_server_passed_on_as_text_are_calls_wherever_the_tokens_cut_them) {
    const std::vector<std::string> spoken{
        "<tool_call>\n{\"name\": \"search_library\", \"arguments\": {\"query\": \"toll\"}}\n</tool_call>\n<tool_call>\n{\"name\": "
        "\"search_library\", "
        "\"arguments\": {\"query\": \"flood\"}}\n</tool_call>",
        "[TOOL_CALLS][{\"name\": \"search_library\", \"arguments\": {\"query\": \"toll\"}}, {\"name\": \"search_library\", \"arguments\": "
        "{\"query\": "
        "\"flood\"}}]",
        "{\"name\": \"search_library\", \"parameters\": {\"query\": \"toll\"}}; {\"name\": \"search_library\", \"parameters\": "
        "\"{\\\"query\\\": "
        "\\\"flood\\\"}\"}",
        "```json\n[{\"name\": \"search_library\", \"arguments\": {\"query\": \"toll\"}},\n{\"name\": \"search_library\", \"arguments\": "
        "{\"query\": "
        "\"flood\"}}]\n```"};
    for (const std::string& text : spoken) {
        for (std::size_t size = 1; size <= 9; ++size) {
            const auto heard = hear(content_events(text, size));
            ASSERT_EQ(heard.tool_calls.size(), 2U) << text;
            expect_search(heard.tool_calls[0], "toll");
            expect_search(heard.tool_calls[1], "flood");
            EXPECT_EQ(heard.text, "");
        }
    }
}

TEST(SpokenToolCalls, any_other_text_is_the_answer_also_with_braces_and_names_of_no_tool) {
    for (const std::string text : {"The toll was two kreuzer {see \"name\"}.", "{\"name\": \"delete_all\", \"arguments\": {}}",
                                   "<tool_call> is a tag.", "```json\n{\"a\": 1}\n```", "{x} is a set", "[1] says so."}) {
        for (std::size_t size = 1; size <= 9; ++size) {
            const auto heard = hear(content_events(text, size));
            EXPECT_EQ(heard.text, text);
            EXPECT_TRUE(heard.tool_calls.empty());
        }
    }
}

TEST(ReactText, thought_action_and_input_become_a_call_wherever_the_tokens_cut_them) {
    const std::string text =
        "Thought: I need the toll.\nAction: search_library\nAction Input: {\"query\": \"toll\"}\nObservation: The toll was 100 "
        "[1].\nAnswer: It was 100.";
    for (std::size_t size = 1; size <= 20; ++size) {
        const auto heard = hear(content_events(text, size), ToolCalling::text);
        ASSERT_EQ(heard.tool_calls.size(), 1U) << size;
        expect_search(heard.tool_calls[0], "toll");
        EXPECT_EQ(heard.thought, "I need the toll.");
        EXPECT_EQ(heard.text, "") << "a result that the model invented is none";
    }
}

TEST(ReactText, several_actions_of_one_step_are_several_calls_in_every_spelling) {
    const auto heard =
        hear(content_events("**Thought:** two things\n**Action:** `search_library`\n**Action Input:** ```json\n{\"query\": \"toll\"}\n```\n"
                            "Action: read_page(...)\nAction Input: {'document': 'bridge.pdf',\n 'page': 3,}\n",
                            5),
             ToolCalling::text);
    ASSERT_EQ(heard.tool_calls.size(), 2U);
    expect_search(heard.tool_calls[0], "toll");
    expect_page(heard.tool_calls[1], 3);
}

TEST(ReactText, the_answer_streams_from_its_first_word) {
    ReactTextParser parser(tools());
    EXPECT_EQ(parser.feed("Thought: I can answer now.\nFinal Ans"), "");
    EXPECT_EQ(parser.feed("wer: The toll"), "The toll");
    EXPECT_EQ(parser.feed(" was two kreuzer.\nAction: none of this matters"), " was two kreuzer.\nAction: none of this matters");
    const auto end = parser.finish();
    EXPECT_EQ(end.thought, "I can answer now.");
    EXPECT_EQ(end.answer, "");
    EXPECT_TRUE(end.calls.empty());
}

TEST(ReactText, a_text_without_the_form_is_the_answer_and_a_lone_thought_is_none) {
    EXPECT_EQ(hear(content_events("The toll was two\nkreuzer.", 4), ToolCalling::text).text, "The toll was two\nkreuzer.");
    const auto thinking = hear(content_events("Thought: hm, what now?\nAction: None", 4), ToolCalling::text);
    EXPECT_EQ(thinking.text, "");
    EXPECT_EQ(thinking.thought, "hm, what now?");
    EXPECT_TRUE(thinking.tool_calls.empty());
}

TEST(ReactText, a_request_becomes_plain_turns_with_the_tools_in_the_system_message) {
    ChatRequest request;
    request.messages = {{MessageRole::system, "Be brief."}, {MessageRole::user, "What was the toll?"}};
    ToolCall call{.id = "1", .name = "search_library"};
    call.arguments.set("query", "toll");
    request.messages.push_back({MessageRole::assistant, "", {call, call}});
    request.messages.push_back({MessageRole::tool, "two kreuzer", {}, "1"});
    request.messages.push_back({MessageRole::tool, "six for a cart", {}, "1"});
    request.tools = tools();
    request.tool_choice = ToolChoice::none;
    const auto plain = react_messages(request);
    ASSERT_EQ(plain.size(), 4U);
    EXPECT_THAT(plain[0].content, HasSubstr("Be brief."));
    EXPECT_THAT(plain[0].content, HasSubstr("read_page: Gives a page."));
    EXPECT_THAT(plain[2].content, HasSubstr("Action: search_library\nAction Input: {\"query\":\"toll\"}"));
    EXPECT_EQ(plain[3].role, MessageRole::user);
    EXPECT_THAT(plain[3].content, HasSubstr("Observation: two kreuzer\nObservation: six for a cart"));
    EXPECT_THAT(plain[3].content, HasSubstr("Use no tool now"));
    const std::string body = chat_body({.model = "m", .max_tokens = 10, .temperature = 0, .tools = ToolCalling::text}, request);
    EXPECT_THAT(body, HasSubstr(R"("stop":["\nObservation:"])"));
    EXPECT_THAT(body, Not(HasSubstr("\"tools\"")));
}

TEST(JsonSteps, a_turn_is_a_call_a_wish_to_answer_or_the_answer_itself) {
    for (std::size_t size = 1; size <= 9; ++size) {
        const auto called =
            hear(content_events(R"({"thought": "the toll", "action": "read_page", "input": {"document": "bridge.pdf", "page": 3}})", size),
                 ToolCalling::constrained);
        ASSERT_EQ(called.tool_calls.size(), 1U);
        expect_page(called.tool_calls[0], 3);
        EXPECT_EQ(called.thought, "the toll");
        EXPECT_EQ(called.text, "");
        const auto done = hear(content_events(R"({"thought": "", "action": "answer", "input": {}})", size), ToolCalling::constrained);
        EXPECT_TRUE(done.tool_calls.empty());
        EXPECT_EQ(done.text, "");
        EXPECT_EQ(hear(content_events("The toll was two kreuzer.", size), ToolCalling::constrained).text, "The toll was two kreuzer.");
        EXPECT_EQ(hear(content_events("{braces} are text", size), ToolCalling::constrained).text, "{braces} are text");
    }
}

TEST(JsonSteps, a_request_is_held_to_one_object_a_tool_and_the_answer_is_free) {
    ChatRequest request;
    ToolCall call{.id = "1", .name = "search_library"};
    call.arguments.set("query", "toll");
    request.messages = {{MessageRole::system, "Be brief."},
                        {MessageRole::user, "What?"},
                        {MessageRole::assistant, "hm", {call}},
                        {MessageRole::tool, "two", {}, "1"}};
    request.tools = tools();
    const ChatBody body{.model = "m", .max_tokens = 10, .temperature = 0, .tools = ToolCalling::constrained};
    const std::string turn = chat_body(body, request);
    EXPECT_THAT(
        turn,
        HasSubstr(
            R"("response_format":{"type":"json_schema","json_schema":{"name":"step","strict":true,"schema":{"anyOf":[{"type":"object",)"
            R"("properties":{"thought":{"type":"string"},"action":{"type":"string","enum":["search_library"]},"input":{"type":"object",)"));
    EXPECT_THAT(turn, HasSubstr(R"("enum":["answer"])"));
    EXPECT_THAT(turn, HasSubstr(R"({\"thought\":\"hm\",\"action\":\"search_library\",\"input\":{\"query\":\"toll\"}})"));
    EXPECT_THAT(turn, HasSubstr("Result: two"));
    EXPECT_THAT(turn, Not(HasSubstr("\"tools\"")));
    request.tool_choice = ToolChoice::none;
    EXPECT_THAT(chat_body(body, request), Not(HasSubstr("response_format")));
    EXPECT_THAT(chat_body(body, request), HasSubstr("not as JSON"));
}

TEST(OpenAIProtocol, a_request_with_tools_says_them_calls_and_results_in_the_servers_words) {
    ChatRequest request;
    ToolCall call{.id = "c1", .name = "read_page"};
    call.arguments.set("document", "a \"b\".pdf");
    call.arguments.set("page", std::int64_t{3});
    request.messages = {{MessageRole::user, "x"}, {MessageRole::assistant, "", {call}}, {MessageRole::tool, "text", {}, "c1"}};
    request.tools = tools();
    request.tool_choice = ToolChoice::none;
    const std::string body = chat_body({.model = "m", .max_tokens = 10, .temperature = 0}, request);
    EXPECT_THAT(body,
                HasSubstr(R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"read_page",)"
                          R"("arguments":"{\"document\":\"a \\\"b\\\".pdf\",\"page\":3}"}}]})"));
    EXPECT_THAT(body, HasSubstr(R"({"role":"tool","content":"text","tool_call_id":"c1"})"));
    EXPECT_THAT(
        body,
        HasSubstr(
            R"({"type":"function","function":{"name":"search_library","description":"Finds passages.","parameters":{"type":"object",)"
            R"("properties":{"query":{"type":"string","description":"what to look for"}},"required":["query"],"additionalProperties":false}}})"));
    EXPECT_THAT(body, HasSubstr(R"("tool_choice":"none")"));
}

TEST(ToolArguments, are_read_as_models_write_them) {
    for (const std::string text : {R"({"document":"bridge.pdf","page":3})", R"({"document":"bridge.pdf","page":3,})",
                                   R"({'document': 'bridge.pdf', 'page': 3})", "```json\n{\"document\": \"bridge.pdf\", \"page\": 3}\n```",
                                   R"("{\"document\":\"bridge.pdf\",\"page\":3}")", R"({"document":"bridge.pdf","page":3)",
                                   R"({"document":"bridge.pdf","page":3}}})", R"({"document":"bridge.pdf","page":3} I hope this helps!)",
                                   R"(Here: {"document":"bridge.pdf","page":3})", R"({"document":"bridge.pdf","page":3,"more":None})"}) {
        const auto arguments = parse_arguments(text, &tools()[1]);
        ASSERT_TRUE(arguments) << text;
        EXPECT_EQ(arguments->text("document"), "bridge.pdf") << text;
        EXPECT_EQ(arguments->integer("page"), 3) << text;
        EXPECT_EQ(arguments->values().size(), 2U) << text;
    }
}

TEST(ToolArguments, values_keep_their_kinds_and_deep_ones_become_text) {
    const auto arguments = parse_arguments(R"({"a":1.5,"b":true,"c":["x",2],"d":{"e":[1]},"f":"line
break","g":null,"h":18446744073709551615})",
                                           nullptr);
    ASSERT_TRUE(arguments);
    EXPECT_EQ(arguments->number("a"), 1.5);
    EXPECT_EQ(arguments->flag("b"), true);
    EXPECT_EQ(arguments->texts("c"), (std::vector<std::string>{"x", "2"}));
    EXPECT_EQ(arguments->text("d"), R"({"e":[1]})");
    EXPECT_EQ(arguments->text("f"), "line\nbreak");
    EXPECT_TRUE(arguments->number("h"));
    EXPECT_EQ(arguments->values().size(), 6U);
    const auto again = parse_arguments(arguments_json(*arguments), nullptr);
    EXPECT_EQ(again->text("f"), "line\nbreak");
}

TEST(ToolArguments, one_bare_value_is_the_only_parameter_and_nonsense_is_named) {
    EXPECT_EQ(parse_arguments("the toll on the bridge", &tools()[0])->text("query"), "the toll on the bridge");
    EXPECT_EQ(parse_arguments("\"toll\"", &tools()[0])->text("query"), "toll");
    EXPECT_FALSE(parse_arguments("the toll", &tools()[1]));
    EXPECT_FALSE(parse_arguments("[1, 2]", nullptr));
    EXPECT_FALSE(parse_arguments(std::string(100'000, '{'), nullptr));
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "{\"a\":";
    EXPECT_FALSE(parse_arguments(deep, nullptr));
    EXPECT_TRUE(parse_arguments("", &tools()[0])->values().empty());
}

}  // namespace
}  // namespace docmind
