#include "agent/tool_box.hpp"

#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

namespace docmind {

namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    text = text::trim(text);
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::string plain(const ToolValue& value) {
    return std::visit(
        [](const auto& v) -> std::string {
            using T = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<T, std::string>) {
                return v;
            } else if constexpr (std::is_same_v<T, bool>) {
                return v ? "true" : "false";
            } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
                std::string joined;
                for (const std::string& text : v) joined += (joined.empty() ? "" : ", ") + text;
                return joined;
            } else {
                std::string digits(32, '\0');
                const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), v);
                digits.resize(failed == std::errc{} ? static_cast<std::size_t>(end - digits.data()) : 0);
                return digits;
            }
        },
        value);
}

std::optional<ToolValue> as_integer(const ToolValue& value) {
    if (std::holds_alternative<std::int64_t>(value)) return value;
    const double* number = std::get_if<double>(&value);
    if (number != nullptr && *number == std::floor(*number) && std::abs(*number) < exact_integers)
        return static_cast<std::int64_t>(*number);
    const std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr) return std::nullopt;
    return number_in<std::int64_t>(*text);
}

std::optional<ToolValue> as_number(const ToolValue& value) {
    if (std::holds_alternative<double>(value)) return value;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    const std::string* text = std::get_if<std::string>(&value);
    if (text == nullptr) return std::nullopt;
    return number_in<double>(*text);
}

std::optional<ToolValue> as_flag(const ToolValue& value) {
    if (std::holds_alternative<bool>(value)) return value;
    const std::string text = plain(value);
    if (text == "true" || text == "True" || text == "1" || text == "yes") return true;
    if (text == "false" || text == "False" || text == "0" || text == "no") return false;
    return std::nullopt;
}

// The value as the parameter wants it; nullopt where it cannot be that.
std::optional<ToolValue> converted(const ToolValue& value, ToolParameter::Type type) {
    switch (type) {
        case ToolParameter::Type::string: return plain(value);
        case ToolParameter::Type::integer: return as_integer(value);
        case ToolParameter::Type::number: return as_number(value);
        case ToolParameter::Type::boolean: return as_flag(value);
        case ToolParameter::Type::strings:
            if (std::holds_alternative<std::vector<std::string>>(value)) return value;
            return std::vector<std::string>{plain(value)};
    }
    return std::nullopt;
}

std::string_view wanted(ToolParameter::Type type) {
    switch (type) {
        case ToolParameter::Type::string: return "a text";
        case ToolParameter::Type::integer: return "a whole number";
        case ToolParameter::Type::number: return "a number";
        case ToolParameter::Type::boolean: return "true or false";
        case ToolParameter::Type::strings: return "a list of texts";
    }
    return "a text";
}

std::expected<ToolArguments, std::string> fitted(const ToolArguments& given, const ToolMetadata& tool) {
    ToolArguments arguments;
    for (const ToolParameter& parameter : tool.parameters) {
        const auto found = given.values().find(parameter.name);
        auto value = found != given.values().end() ? converted(found->second, parameter.type) : std::nullopt;
        if (found == given.values().end()) {
            if (parameter.required) return std::unexpected("The argument \"" + parameter.name + "\" is missing.");
            continue;
        }
        if (!value) return std::unexpected("\"" + parameter.name + "\" must be " + std::string(wanted(parameter.type)) + ".");
        if (const std::string* text = std::get_if<std::string>(&*value)) {
            if (parameter.required && text::trim(*text).empty()) return std::unexpected("\"" + parameter.name + "\" is empty.");
            if (!parameter.choices.empty() && std::ranges::find(parameter.choices, *text) == parameter.choices.end()) {
                return std::unexpected("\"" + parameter.name + "\" must be one of: " + plain(parameter.choices) + ".");
            }
        }
        arguments.set(parameter.name, std::move(*value));
    }
    return arguments;
}

}  // namespace

ToolBox::ToolBox(std::vector<std::shared_ptr<Tool>> tools) : tools_(std::move(tools)) {
    for (const auto& tool : tools_) {
        if (has(tool->metadata().name))
            throw Error(errc::invalid_argument, "There are two tools of the name " + tool->metadata().name + ".");
        metadata_.push_back(tool->metadata());
    }
}

bool ToolBox::has(std::string_view name) const {
    return std::ranges::find(metadata_, name, &ToolMetadata::name) != metadata_.end();
}

std::expected<ToolBox::Fitting, std::string> ToolBox::fit(const ToolCall& call) const {
    const auto known = std::ranges::find(metadata_, call.name, &ToolMetadata::name);
    if (known == metadata_.end()) {
        std::string names;
        for (const ToolMetadata& tool : metadata_) names += (names.empty() ? "" : ", ") + tool.name;
        return std::unexpected("There is no such tool. The tools are: " + names + ".");
    }
    if (!call.problem.empty()) return std::unexpected(call.problem);
    auto arguments = fitted(call.arguments, *known);
    if (!arguments) return std::unexpected(std::move(arguments.error()));
    return Fitting{tools_[static_cast<std::size_t>(known - metadata_.begin())].get(), std::move(*arguments)};
}

std::string describe_call(std::string_view name, const ToolArguments& arguments) {
    std::string line(name);
    line += "(";
    for (const auto& [parameter, value] : arguments.values()) {
        if (line.back() != '(') line += ", ";
        const bool is_text = std::holds_alternative<std::string>(value);
        line += parameter + ": " + (is_text ? "\"" : "") + text::one_line(plain(value)) + (is_text ? "\"" : "");
    }
    return line + ")";
}

}  // namespace docmind
