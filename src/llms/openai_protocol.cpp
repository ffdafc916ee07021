#include "llms/openai_protocol.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

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
    }
    return "user";
}

bool cut_prefix(std::string_view& text, std::string_view prefix) {
    if (text.size() < prefix.size() || !iequals(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// /v1, /v2, ... as some gateways have it.
bool ends_with_version(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view last = path.substr(slash + 1);
    return last.size() >= 2 && last[0] == 'v' && last.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

std::string api_root(std::string_view base_url) {
    std::string_view rest = trim(base_url);
    if (rest.empty())
        throw Error(errc::invalid_argument,
                    "llm.base_url is empty: set it to the address of a model server, such as http://127.0.0.1:11434");
    if (cut_prefix(rest, "https://")) {
        throw Error(errc::invalid_argument,
                    "llm.base_url begins with https://, which is not supported: put a local proxy before the model server and name its "
                    "http:// address.");
    }
    cut_prefix(rest, "http://");
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (host.contains('@')) throw Error(errc::invalid_argument, "llm.base_url has a user name or password in it: use llm.api_key instead.");
    if (host.empty() || rest.find_first_of(" \t\r\n?#\\\"<>") != std::string_view::npos || rest.contains("://")) {
        throw Error(errc::invalid_argument, "llm.base_url is no address of a model server: it should look like http://127.0.0.1:11434");
    }
    while (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.ends_with("/chat/completions")) rest.remove_suffix(std::string_view("/chat/completions").size());
    std::string root = "http://" + std::string(rest);
    if (!ends_with_version(rest)) root += "/v1";
    return root;
}

std::string chat_body(const ChatBody& body, const std::vector<ChatMessage>& messages) {
    json::array list;
    for (const ChatMessage& message : messages) {
        list.push_back(json::object{{"role", role_name(message.role)}, {"content", to_valid_utf8(message.content)}});
    }
    const json::object root{{"model", to_valid_utf8(body.model)},
                            {"messages", std::move(list)},
                            {"stream", true},
                            {"stream_options", json::object{{"include_usage", true}}},
                            {"max_tokens", std::clamp(body.max_tokens, 1, 1 << 20)},
                            {"temperature", std::clamp(body.temperature, 0.0, 2.0)}};
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

std::optional<std::chrono::steady_clock::duration> parse_retry_after(std::string_view value) {
    value = trim(value);
    unsigned seconds = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (failed != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, 86'400U));
}

bool is_retryable(int status) noexcept {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

Error status_error(int status, const std::string& root, const std::string& model, const std::string& said) {
    const std::string server = "The model server at " + root;
    const std::string words = said.empty() ? std::string() : ": " + said;
    const std::string code = " (HTTP " + std::to_string(status) + ")";
    if (status == 401 || status == 403) return {errc::unavailable, server + " refuses the key" + code + words + " Set llm.api_key."};
    if (status == 404) return {errc::backend, server + " does not know the model \"" + model + "\"" + code + words};
    if (status == 429) return {errc::unavailable, server + " has too much to do" + code + words};
    if (status == 502 || status == 503 || status == 504) return {errc::unavailable, server + " is not ready" + code + words};
    if (status >= 300 && status < 400)
        return {errc::backend, server + " is somewhere else" + code + ": set llm.base_url to its new address."};
    if (status >= 400 && status < 500) return {errc::backend, server + " refuses the request" + code + words};
    return {errc::backend, server + " failed" + code + words};
}

}  // namespace docmind
