#include "llms/openai_protocol.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include "llms/json_steps.hpp"
#include "llms/react_text.hpp"
#include "llms/tool_json.hpp"
#include "net/http_message.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_models = 1000;
constexpr std::size_t max_model_name = 200;

std::optional<json::value> parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = 32;
    options.allow_invalid_utf8 = true;
    boost::system::error_code failed;
    json::value value = json::parse(text, failed, {}, options);
    if (failed) return std::nullopt;
    return value;
}

std::string_view role_name(MessageRole role) {
    switch (role) {
        case MessageRole::system: return "system";
        case MessageRole::user: return "user";
        case MessageRole::assistant: return "assistant";
        case MessageRole::tool: return "tool";
    }
    return "user";
}

json::object message_json(const ChatMessage& message) {
    json::object object{{"role", role_name(message.role)}, {"content", to_valid_utf8(message.content)}};
    if (message.role == MessageRole::tool) object["tool_call_id"] = to_valid_utf8(message.tool_call_id);
    if (message.tool_calls.empty()) return object;
    json::array calls;
    for (const ToolCall& call : message.tool_calls) {
        calls.push_back(
            json::object{{"id", to_valid_utf8(call.id)},
                         {"type", "function"},
                         {"function", json::object{{"name", to_valid_utf8(call.name)}, {"arguments", arguments_json(call.arguments)}}}});
    }
    object["tool_calls"] = std::move(calls);
    return object;
}

json::array tools_json(const std::vector<ToolMetadata>& tools) {
    json::array list;
    for (const ToolMetadata& tool : tools) {
        list.push_back(json::object{{"type", "function"},
                                    {"function", json::object{{"name", tool.name},
                                                              {"description", to_valid_utf8(tool.description)},
                                                              {"parameters", parameters_schema(tool)}}}});
    }
    return list;
}

}  // namespace

std::string chat_body(const ChatBody& body, const ChatRequest& request) {
    const ToolCalling form = request.tools.empty() ? ToolCalling::native : body.tools;
    json::array list;
    for (const ChatMessage& message : form == ToolCalling::native        ? request.messages
                                      : form == ToolCalling::constrained ? json_step_messages(request)
                                                                         : react_messages(request)) {
        list.push_back(message_json(message));
    }
    json::object root{{"model", to_valid_utf8(body.model)},
                      {"messages", std::move(list)},
                      {"stream", true},
                      {"stream_options", json::object{{"include_usage", true}}},
                      {"max_tokens", std::clamp(body.max_tokens, 1, 1 << 20)},
                      {"temperature", std::clamp(body.temperature, 0.0, 2.0)}};
    if (request.tools.empty()) return json::serialize(root);
    switch (form) {
        case ToolCalling::none:
        case ToolCalling::text: root["stop"] = json::array{react_stop()}; break;
        case ToolCalling::constrained:
            if (request.tool_choice == ToolChoice::none) break;
            root["response_format"] = json::object{
                {"type", "json_schema"},
                {"json_schema", json::object{{"name", "step"}, {"strict", true}, {"schema", json_step_schema(request.tools)}}}};
            break;
        case ToolCalling::native:
            root["tools"] = tools_json(request.tools);
            // "auto" is what its absence means.
            if (request.tool_choice == ToolChoice::none) root["tool_choice"] = "none";
            break;
    }
    return json::serialize(root);
}

std::vector<std::string> parse_models(std::string_view body) {
    const auto value = parse(body);
    const json::object* root = value ? value->if_object() : nullptr;
    const json::value* data = root != nullptr ? root->if_contains("data") : nullptr;
    std::vector<std::string> models;
    // Ollama without models says "data": null.
    if (data != nullptr && data->is_null()) return models;
    if (data == nullptr || !data->is_array()) throw Error(errc::backend, "The model server's list of models is not understood.");
    for (const json::value& entry : data->get_array()) {
        const json::object* object = entry.if_object();
        const json::value* id = object != nullptr ? object->if_contains("id") : nullptr;
        const json::string* text = id != nullptr ? id->if_string() : nullptr;
        if (text == nullptr || text->empty() || text->size() > max_model_name) continue;
        models.push_back(to_valid_utf8(std::string(*text)));
        if (models.size() == max_models) break;
    }
    return models;
}

std::optional<std::size_t> parse_busy_slots(std::string_view body) {
    const auto value = parse(body);
    const json::array* slots = value ? value->if_array() : nullptr;
    if (slots == nullptr) return std::nullopt;
    std::size_t busy = 0;
    for (const json::value& slot : *slots) {
        const json::object* object = slot.if_object();
        const json::value* working = object != nullptr ? object->if_contains("is_processing") : nullptr;
        if (working == nullptr || !working->is_bool()) return std::nullopt;
        busy += working->get_bool() ? 1 : 0;
    }
    return busy;
}

std::string tokenize_body(const std::string& model, const std::string& text) {
    const std::string valid = to_valid_utf8(text);
    return json::serialize(
        json::object{{"model", model}, {"content", valid}, {"prompt", valid}, {"add_special", false}, {"add_special_tokens", false}});
}

std::optional<std::size_t> parse_token_count(std::string_view body) {
    const auto value = parse(body);
    const json::object* object = value ? value->if_object() : nullptr;
    if (object == nullptr) return std::nullopt;
    if (const json::value* count = object->if_contains("count"); count != nullptr && count->is_int64() && count->get_int64() >= 0)
        return static_cast<std::size_t>(count->get_int64());
    const json::value* tokens = object->if_contains("tokens");
    if (tokens == nullptr || !tokens->is_array()) return std::nullopt;
    return tokens->get_array().size();
}

Error status_error(int status, const std::string& root, const std::string& model, const std::string& said) {
    const std::string server = "The model server at " + root;
    const std::string words = said.empty() ? std::string() : ": " + said;
    const std::string code = " (HTTP " + std::to_string(status) + ")";
    if (status == 401 || status == 403) return {errc::unavailable, server + " refuses the key" + code + words + " Set llm.api_key."};
    if (status == 404) {
        // Of a model it does not have every server speaks as of a model; an address it does not have, it just does not find.
        const bool is_model = said.find("odel") != std::string::npos;
        return {errc::backend, server + (is_model ? " does not know the model \"" + model + "\"" + code + words
                                                  : " does not know the address" + code + words + ". Is llm.base_url right?")};
    }
    if (status == 429) return {errc::unavailable, server + " has too much to do" + code + words};
    if (status == 502 || status == 503 || status == 504) return {errc::unavailable, server + " is not ready" + code + words};
    if (status >= 300 && status < 400)
        return {errc::backend, server + " is somewhere else" + code + ": set llm.base_url to its new address."};
    if (status >= 400 && status < 500) return {errc::backend, server + " refuses the request" + code + words};
    return {errc::backend, server + " failed" + code + words};
}

}  // namespace docmind
