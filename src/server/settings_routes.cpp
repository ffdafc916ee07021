// How is it set up, and how shall it be from now on?

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <utility>

#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {

namespace json = boost::json;

namespace {

HttpResponse settings_response(const Services& services) {
    json::array settings;
    for (const EffectiveSetting& setting : services.settings()) {
        settings.push_back(json::object{{"key", setting.key},
                                        {"value", setting.value},
                                        {"origin", setting.origin},
                                        {"help", setting.help},
                                        {"changeable", setting.changeable}});
    }
    return json_response(200, json::object{{"settings", settings}});
}

/// As it would stand in the environment; null takes a change back.
std::optional<std::string> text_of(const std::string& key, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return std::nullopt;
        case json::kind::string: return std::string(value.get_string());
        case json::kind::bool_: return value.get_bool() ? "true" : "false";
        case json::kind::int64: return fmt::format("{}", value.get_int64());
        case json::kind::uint64: return fmt::format("{}", value.get_uint64());
        case json::kind::double_: return fmt::format("{}", value.get_double());
        default: throw Error(errc::invalid_argument, fmt::format("\"{}\" must be a text, a number, true, false or null.", key));
    }
}

}  // namespace

Task<HttpResponse> get_settings(Call call) {
    co_return settings_response(call.services);
}

Task<HttpResponse> put_settings(Call call) {
    const json::object body = co_await read_json(&call.request);
    std::map<std::string, std::optional<std::string>> changes;
    for (const auto& [key, value] : body) changes[key] = text_of(key, value);
    if (changes.empty()) throw Error(errc::invalid_argument, "Say what to change: {\"llm.model\": \"qwen3\", \"agent.mode\": null}.");
    co_await call.services.change_settings(std::move(changes));
    co_return settings_response(call.services);
}

}  // namespace docmind
