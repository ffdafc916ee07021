#include "llms/tool_probe.hpp"

#include <algorithm>

namespace docmind {

namespace {
constexpr const char* tool_name = "look_up_word";
}  // namespace

ChatRequest tool_probe() {
    ChatRequest request;
    request.messages = {{MessageRole::user, "What does the dictionary say about the word \"otter\"? Look it up with the tool."}};
    request.max_tokens = 384;
    request.temperature = 0.0;
    request.tools = {{.name = tool_name,
                      .description = "Gives the entry of a word in the dictionary.",
                      .parameters = {{.name = "word", .description = "The word to look up."}}}};
    return request;
}

bool passes_tool_probe(const ChatResponse& response) {
    return std::ranges::any_of(response.tool_calls, [](const ToolCall& call) {
        return call.name == tool_name && call.problem.empty() && call.arguments.text("word").value_or("").find("tter") != std::string::npos;
    });
}

}  // namespace docmind
