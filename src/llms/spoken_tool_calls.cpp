#include "llms/spoken_tool_calls.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "llms/tool_json.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> beginnings{"<tool_call>", "[TOOL_CALLS]", "{", "```json", "```\n{"};

json::stream_parser make_parser() {
    json::parse_options options;
    options.max_depth = 32;
    options.allow_invalid_utf8 = true;
    return json::stream_parser({}, options);
}

// The JSON values that stand in the text one after the other, whatever is between them.
std::vector<json::value> values_in(std::string_view text) {
    std::vector<json::value> values;
    while (true) {
        const auto open = text.find_first_of("{[");
        if (open == std::string_view::npos) return values;
        text.remove_prefix(open);
        json::stream_parser parser = make_parser();
        boost::system::error_code failed;
        const std::size_t used = parser.write_some(text.data(), text.size(), failed);
        if (failed || !parser.done()) {
            text.remove_prefix(1);
            continue;
        }
        values.push_back(parser.release());
        text.remove_prefix(used);
    }
}

void add_call(const json::value& value, const std::vector<ToolMetadata>& tools, std::vector<ToolCall>& calls) {
    if (const json::array* list = value.if_array()) {
        for (const json::value& item : *list) add_call(item, tools, calls);
        return;
    }
    const json::object* object = value.if_object();
    const json::value* name = object != nullptr ? object->if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string()) return;
    std::string tool(name->get_string());
    if (std::ranges::find(tools, tool, &ToolMetadata::name) == tools.end()) return;
    const json::value* arguments = object->if_contains("arguments");
    if (arguments == nullptr) arguments = object->if_contains("parameters");
    const std::string text = arguments == nullptr     ? "{}"
                             : arguments->is_string() ? std::string(arguments->get_string())
                                                      : json::serialize(*arguments);
    calls.push_back(make_tool_call({}, std::move(tool), text, tools));
}

}  // namespace

std::string SpokenToolCalls::feed(std::string_view text) {
    if (state_ == State::text) return std::string(text);
    held_ += text;
    if (state_ == State::call) return {};
    const auto first = held_.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    const std::string_view rest = std::string_view(held_).substr(first);
    if (std::ranges::any_of(beginnings, [&](std::string_view begin) { return rest.starts_with(begin); })) {
        state_ = State::call;
        return {};
    }
    if (std::ranges::any_of(beginnings, [&](std::string_view begin) { return begin.starts_with(rest); })) return {};
    state_ = State::text;
    return std::exchange(held_, {});
}

ReadStep SpokenToolCalls::finish() {
    ReadStep end;
    if (state_ == State::call) {
        for (const json::value& value : values_in(held_)) add_call(value, tools_, end.calls);
    }
    if (end.calls.empty()) end.answer = std::exchange(held_, {});
    held_.clear();
    state_ = State::text;
    return end;
}

}  // namespace docmind
