#include "llms/json_steps.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "llms/tool_json.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::string_view answer_action = "answer";

json::object turn_schema(std::string_view action, json::object input) {
    return {{"type", "object"},
            {"properties", json::object{{"thought", json::object{{"type", "string"}}},
                                        {"action", json::object{{"type", "string"}, {"enum", json::array{action}}}},
                                        {"input", std::move(input)}}},
            {"required", json::array{"thought", "action", "input"}},
            {"additionalProperties", false}};
}

std::string instructions(const ChatRequest& request) {
    std::string text = "You can use these tools:\n";
    for (const ToolMetadata& tool : request.tools) {
        text += "- " + tool.name + ": " + tool.description + " Input: " + json::serialize(parameters_schema(tool)) + "\n";
    }
    text +=
        "\nEach of your turns is one JSON object: {\"thought\": what you need to know next, \"action\": the name of a tool, \"input\": its "
        "arguments}. Its result comes back. When you know enough, write {\"thought\": \"\", \"action\": \"answer\", \"input\": {}}; you "
        "are asked for "
        "the answer then.";
    return text;
}

std::string as_turn(const ChatMessage& message, const ToolCall& call) {
    const json::value input = json::parse(arguments_json(call.arguments));
    return json::serialize(json::object{{"thought", message.content}, {"action", call.name}, {"input", input}});
}

}  // namespace

std::vector<ChatMessage> json_step_messages(const ChatRequest& request) {
    std::vector<ChatMessage> plain;
    const bool has_system = !request.messages.empty() && request.messages.front().role == MessageRole::system;
    plain.push_back({MessageRole::system, has_system ? request.messages.front().content + "\n\n" : std::string()});
    plain.back().content += instructions(request);
    bool observed = false;
    for (auto message = request.messages.begin() + (has_system ? 1 : 0); message != request.messages.end(); ++message) {
        const bool is_tool = message->role == MessageRole::tool;
        std::string content = (is_tool ? "Result: " : "") + message->content;
        if (!message->tool_calls.empty()) {
            content.clear();
            for (const ToolCall& call : message->tool_calls) content += (content.empty() ? "" : "\n") + as_turn(*message, call);
        }
        if (is_tool && observed) {
            plain.back().content += "\n" + content;
        } else {
            plain.push_back({is_tool ? MessageRole::user : message->role, std::move(content)});
        }
        observed = is_tool;
    }
    if (request.tool_choice == ToolChoice::none)
        plain.back().content += "\n\nWrite the answer to the question now, as plain text and not as JSON.";
    return plain;
}

json::object json_step_schema(const std::vector<ToolMetadata>& tools) {
    json::array turns;
    for (const ToolMetadata& tool : tools) turns.push_back(turn_schema(tool.name, parameters_schema(tool)));
    turns.push_back(turn_schema(answer_action, {{"type", "object"}, {"properties", json::object{}}, {"additionalProperties", false}}));
    return {{"anyOf", std::move(turns)}};
}

std::string JsonStepParser::feed(std::string_view text) {
    if (is_text_) return std::string(text);
    held_ += text;
    const auto first = held_.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || held_[first] == '{') return {};
    is_text_ = true;
    return std::exchange(held_, {});
}

ReadStep JsonStepParser::finish() {
    ReadStep end;
    const std::string turn = std::exchange(held_, {});
    const auto members = parse_arguments(turn, nullptr);
    const auto action = members ? members->text("action") : std::nullopt;
    if (!action) {
        end.answer = turn;
        return end;
    }
    end.thought = members->text("thought").value_or("");
    if (*action != answer_action) end.calls.push_back(make_tool_call({}, *action, members->text("input").value_or("{}"), tools_));
    return end;
}

}  // namespace docmind
