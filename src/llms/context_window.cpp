#include "llms/context_window.hpp"

#include <docmind/error.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace docmind {
namespace {

namespace json = boost::json;

constexpr int ollama_default = 4096;
constexpr std::int64_t most = 1 << 30;

std::optional<json::value> parse(std::string_view body) {
    boost::system::error_code error;
    json::value value = json::parse(body, error);
    if (error) return std::nullopt;
    return value;
}

const json::value* member(const json::value* value, std::string_view name) {
    const json::object* object = value != nullptr ? value->if_object() : nullptr;
    return object != nullptr ? object->if_contains(name) : nullptr;
}

std::optional<int> tokens(const json::value* value) {
    const std::int64_t* number = value != nullptr ? value->if_int64() : nullptr;
    if (number == nullptr || *number < 1) return std::nullopt;
    return static_cast<int>(std::min(*number, most));
}

/// Ollama adds ":latest" where a name says no tag.
bool is_name(const json::value* value, std::string_view model) {
    const json::string* name = value != nullptr ? value->if_string() : nullptr;
    return name != nullptr && (std::string_view(*name) == model || std::string_view(*name) == std::string(model) + ":latest");
}

/// Of lines like `num_ctx                        8192`.
std::optional<int> parameter(std::string_view lines, std::string_view name) {
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        std::string_view line = lines.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(name)) continue;
        line.remove_prefix(name.size());
        const std::size_t digits = line.find_first_not_of(" \t");
        if (digits == 0 || digits == std::string_view::npos) continue;
        int value = 0;
        const auto [rest, error] = std::from_chars(line.data() + digits, line.data() + line.size(), value);
        if (error == std::errc{} && value > 0) return value;
    }
    return std::nullopt;
}

}  // namespace

FoundWindow::FoundWindow(Params params) : params_(params), pause_(params.pause) {
    if (params.pause.count() <= 0 || params.longest_pause < params.pause)
        throw Error(errc::invalid_argument,
                    "The pauses between questions for the context window must be more than 0 and not begin with the longest.");
}

void FoundWindow::asked(Clock::time_point now) noexcept {
    due_ = now + pause_;
    pause_ = std::min(2 * pause_, params_.longest_pause);
}

void FoundWindow::ask_again() noexcept {
    is_final_ = false;
    due_ = {};
    pause_ = params_.pause;
}

std::optional<int> context_window_of_models(std::string_view body, std::string_view model) {
    const auto answer = parse(body);
    const json::value* data = member(answer ? &*answer : nullptr, "data");
    const json::array* models = data != nullptr ? data->if_array() : nullptr;
    if (models == nullptr) return std::nullopt;
    for (const json::value& entry : *models) {
        if (!is_name(member(&entry, "id"), model)) continue;
        if (const auto said = tokens(member(member(&entry, "meta"), "n_ctx"))) return said;
        for (const char* name : {"max_model_len", "context_length", "context_window"}) {
            if (const auto said = tokens(member(&entry, name))) return said;
        }
    }
    return std::nullopt;
}

std::optional<int> context_window_of_props(std::string_view body) {
    const auto answer = parse(body);
    return tokens(member(member(answer ? &*answer : nullptr, "default_generation_settings"), "n_ctx"));
}

std::optional<int> context_window_of_ollama_ps(std::string_view body, std::string_view model) {
    const auto answer = parse(body);
    const json::value* data = member(answer ? &*answer : nullptr, "models");
    const json::array* models = data != nullptr ? data->if_array() : nullptr;
    if (models == nullptr) return std::nullopt;
    for (const json::value& entry : *models) {
        if (is_name(member(&entry, "model"), model) || is_name(member(&entry, "name"), model))
            return tokens(member(&entry, "context_length"));
    }
    return std::nullopt;
}

std::optional<int> context_window_of_ollama_show(std::string_view body) {
    const auto answer = parse(body);
    const json::value* info = member(answer ? &*answer : nullptr, "model_info");
    if (info == nullptr || !info->is_object()) return std::nullopt;
    const json::value* parameters = member(&*answer, "parameters");
    if (parameters != nullptr && parameters->is_string()) {
        if (const auto said = parameter(parameters->get_string(), "num_ctx")) return said;
    }
    int window = ollama_default;
    for (const auto& [name, value] : info->get_object()) {
        if (const auto trained = tokens(&value); trained && std::string_view(name).ends_with(".context_length"))
            window = std::min(window, *trained);
    }
    return window;
}

}  // namespace docmind
