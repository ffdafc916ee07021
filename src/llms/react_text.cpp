#include "llms/react_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "llms/tool_json.hpp"

namespace docmind {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t longest_marker = 40;  // with the decoration before it

std::string_view trim(std::string_view text, std::string_view around = blanks) {
    const auto first = text.find_first_not_of(around);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(around) + 1 - first);
}

// What follows the marker at the line's start, which may be decorated: "**Action:** x". nullopt: another line.
std::optional<std::string_view> after(std::string_view line, std::string_view marker) {
    const auto first = line.find_first_not_of(" \t*#_");
    if (first == std::string_view::npos) return std::nullopt;
    line.remove_prefix(first);
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    if (line.size() < marker.size() || !std::equal(marker.begin(), marker.end(), line.begin(), [&](char m, char c) { return same(c, m); }))
        return std::nullopt;
    line.remove_prefix(marker.size());
    const auto colon = line.find_first_not_of(" *_");
    if (colon == std::string_view::npos || line[colon] != ':') return std::nullopt;
    line.remove_prefix(colon + 1);
    return line.substr(std::min(line.find_first_not_of("*_"), line.size()));
}

std::optional<std::string_view> answer_after(std::string_view line) {
    if (const auto rest = after(line, "final answer")) return rest;
    return after(line, "answer");
}

std::string instructions(const ChatRequest& request) {
    std::string text = "You can use these tools:\n";
    for (const ToolMetadata& tool : request.tools) {
        text += "- " + tool.name + ": " + tool.description + " Input: " + boost::json::serialize(parameters_schema(tool)) + "\n";
    }
    text +=
        "\nTo use a tool, write exactly these lines and stop:\n"
        "Thought: what you need to know next\n"
        "Action: the name of one tool\n"
        "Action Input: its arguments as one JSON object\n\n"
        "The result comes as Observation. When you know enough, write:\n"
        "Thought: I can answer now.\n"
        "Answer: the answer to the question";
    return text;
}

std::string as_steps(const ChatMessage& message) {
    std::string text = "Thought: " + (message.content.empty() ? std::string("I use a tool.") : message.content);
    for (const ToolCall& call : message.tool_calls) text += "\nAction: " + call.name + "\nAction Input: " + arguments_json(call.arguments);
    return text;
}

}  // namespace

std::vector<ChatMessage> react_messages(const ChatRequest& request) {
    std::vector<ChatMessage> plain;
    const bool has_system = !request.messages.empty() && request.messages.front().role == MessageRole::system;
    plain.push_back({MessageRole::system, has_system ? request.messages.front().content + "\n\n" : std::string()});
    plain.back().content += instructions(request);
    bool observed = false;
    for (auto message = request.messages.begin() + (has_system ? 1 : 0); message != request.messages.end(); ++message) {
        const bool is_tool = message->role == MessageRole::tool;
        if (is_tool && observed) {
            plain.back().content += "\nObservation: " + message->content;
        } else if (is_tool) {
            plain.push_back({MessageRole::user, "Observation: " + message->content});
        } else {
            plain.push_back({message->role, message->tool_calls.empty() ? message->content : as_steps(*message)});
        }
        observed = is_tool;
    }
    if (request.tool_choice == ToolChoice::none) plain.back().content += "\n\nUse no tool now. Write only \"Answer:\" and the answer.";
    return plain;
}

std::string_view react_stop() noexcept {
    return "\nObservation:";
}

std::string ReactTextParser::feed(std::string_view text) {
    std::string answer;
    while (!text.empty() || !line_.empty()) {
        if (section_ == Section::answer) {
            answer += std::exchange(line_, {});
            answer += text;
            break;
        }
        const auto end = text.find('\n');
        line_ += text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        // The answer begins to show before its first line is whole.
        const auto rest = section_ == Section::observation ? std::nullopt : answer_after(line_);
        if (rest) {
            end_action();
            section_ = Section::answer;
            line_ = rest->substr(std::min(rest->find_first_not_of(' '), rest->size()));
            if (end != std::string_view::npos) line_ += "\n";
            continue;
        }
        if (end == std::string_view::npos) break;
        take_line(std::exchange(line_, {}));
    }
    // Blanks before the answer are none of it.
    if (!answer_began_) answer.erase(0, std::min(answer.find_first_not_of(blanks), answer.size()));
    answer_began_ = answer_began_ || !answer.empty();
    return answer;
}

void ReactTextParser::take_line(std::string_view line) {
    if (section_ == Section::observation) return;
    if (line.size() > longest_marker && line.find(':') > longest_marker) {
        // too long to be a marker: text of its section
    } else if (after(line, "observation")) {
        end_action();
        marked_ = true;
        section_ = Section::observation;
        return;
    } else if (const auto input = after(line, "action input")) {
        marked_ = true;
        section_ = Section::input;
        line = *input;
    } else if (const auto action = after(line, "action")) {
        end_action();
        marked_ = true;
        section_ = Section::action;
        line = *action;
    } else if (const auto thought = after(line, "thought")) {
        end_action();
        marked_ = true;
        section_ = Section::thought;
        line = *thought;
    }
    std::string& section = section_ == Section::thought ? thought_ : section_ == Section::action ? action_ : input_;
    section += line;
    section += '\n';
}

void ReactTextParser::end_action() {
    std::string_view name = trim(action_, " \t\r\n\"'`.*");
    std::string_view arguments = trim(input_);
    // "Action: search(...)" names the tool before the bracket.
    name = trim(name.substr(0, name.find_first_of("(\n {")), "\"'`");
    const bool is_none = name.empty() || name == "None" || name == "none" || name == "N/A";
    if (!is_none) calls_.push_back(make_tool_call({}, std::string(name), arguments, tools_));
    action_.clear();
    input_.clear();
}

ReadStep ReactTextParser::finish() {
    ReadStep end;
    if (section_ == Section::answer) {
        end.answer = std::exchange(line_, {});
    } else if (!line_.empty()) {
        take_line(std::exchange(line_, {}));
    }
    end_action();
    end.calls = std::exchange(calls_, {});
    end.thought = trim(thought_);
    // A model that forgot the form has answered.
    if (section_ != Section::answer && !marked_) end.answer = std::exchange(end.thought, {});
    thought_.clear();
    return end;
}

}  // namespace docmind
