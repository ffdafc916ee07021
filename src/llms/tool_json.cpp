#include "llms/tool_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "llms/utf8_joiner.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_arguments_bytes = 64 * 1024;
constexpr std::string_view blanks = " \t\r\n";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::string_view type_name(ToolParameter::Type type) {
    switch (type) {
        case ToolParameter::Type::string: return "string";
        case ToolParameter::Type::integer: return "integer";
        case ToolParameter::Type::number: return "number";
        case ToolParameter::Type::boolean: return "boolean";
        case ToolParameter::Type::strings: return "array";
    }
    return "string";
}

std::optional<json::value> parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = 32;
    options.allow_trailing_commas = true;
    options.allow_comments = true;
    options.allow_invalid_utf8 = true;
    options.allow_invalid_utf16 = true;
    boost::system::error_code failed;
    json::value value = json::parse(text, failed, {}, options);
    if (failed) return std::nullopt;
    return value;
}

// What stands in a code fence, without the language's name.
std::string_view without_fence(std::string_view text) {
    const auto open = text.find("```");
    if (open == std::string_view::npos) return text;
    std::string_view inside = text.substr(open + 3);
    inside = inside.substr(0, inside.find("```"));
    const auto body = inside.find_first_of("{[\n");
    return body == std::string_view::npos ? text : trim(inside.substr(body));
}

// Writes what looks like an object as JSON: quotes, literals, line ends in strings, and the end that is missing.
class Repair {
  public:
    explicit Repair(std::string_view text) : text_(text) {}

    std::string run() {
        while (at_ < text_.size() && !closed_) step();
        if (quote_ != 0) out_.push_back('"');
        while (!open_.empty()) close();
        return std::move(out_);
    }

  private:
    void step() {
        const char c = text_[at_++];
        if (quote_ != 0) {
            in_string(c);
        } else if (c == '"' || c == '\'') {
            quote_ = c;
            out_.push_back('"');
        } else if (c == '{' || c == '[') {
            open_.push_back(c == '{' ? '}' : ']');
            out_.push_back(c);
        } else if (c == '}' || c == ']') {
            // A bracket that was forgotten before this one is closed first; one too many is dropped.
            while (!open_.empty() && open_.back() != c && open_.find(c) != std::string::npos) close();
            if (!open_.empty() && open_.back() == c) close();
            closed_ = open_.empty();
        } else if (!literal("True", "true") && !literal("False", "false") && !literal("None", "null")) {
            out_.push_back(c);
        }
    }

    void in_string(char c) {
        if (c == '\\' && at_ < text_.size()) {
            const char escaped = text_[at_++];
            if (escaped != '\'') out_.push_back('\\');
            out_.push_back(escaped);
        } else if (c == quote_) {
            quote_ = 0;
            out_.push_back('"');
        } else if (c == '"') {
            out_ += "\\\"";
        } else if (c == '\n') {
            out_ += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out_.push_back(' ');
        } else {
            out_.push_back(c);
        }
    }

    bool literal(std::string_view python, std::string_view wanted) {
        if (!text_.substr(at_ - 1).starts_with(python)) return false;
        at_ += python.size() - 1;
        out_ += wanted;
        return true;
    }

    void close() {
        out_.push_back(open_.back());
        open_.pop_back();
    }

    std::string_view text_;
    std::string out_;
    std::string open_;  // the brackets that are still to come
    std::size_t at_ = 0;
    char quote_ = 0;
    bool closed_ = false;
};

std::string utf8(std::string_view text) {
    Utf8Joiner joiner;
    std::string valid = joiner.feed(text);
    valid += joiner.finish();
    return valid;
}

std::string plain_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return utf8(*text);
    return utf8(json::serialize(value));
}

std::optional<ToolValue> to_tool_value(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return std::nullopt;
        case json::kind::bool_: return value.get_bool();
        case json::kind::int64: return value.get_int64();
        case json::kind::uint64: return static_cast<double>(value.get_uint64());
        case json::kind::double_: return value.get_double();
        case json::kind::string: return plain_text(value);
        case json::kind::object: return plain_text(value);
        case json::kind::array: break;
    }
    const json::array& items = value.get_array();
    if (std::ranges::any_of(items, [](const json::value& item) { return item.is_structured(); })) return plain_text(value);
    std::vector<std::string> texts;
    texts.reserve(items.size());
    for (const json::value& item : items) texts.push_back(plain_text(item));
    return texts;
}

ToolArguments to_arguments(const json::object& object) {
    ToolArguments arguments;
    for (const auto& [name, member] : object) {
        if (auto value = to_tool_value(member)) arguments.set(utf8(name), std::move(*value));
    }
    return arguments;
}

std::optional<json::object> as_object(std::string_view text) {
    auto value = parse(text);
    // Some models write their JSON into a JSON string.
    if (const json::string* inner = value ? value->if_string() : nullptr) value = parse(std::string(*inner));
    if (!value || !value->is_object()) return std::nullopt;
    return std::move(value->get_object());
}

}  // namespace

json::object parameters_schema(const ToolMetadata& metadata) {
    json::object properties;
    json::array required;
    for (const ToolParameter& parameter : metadata.parameters) {
        json::object schema{{"type", type_name(parameter.type)}, {"description", parameter.description}};
        if (parameter.type == ToolParameter::Type::strings) schema["items"] = json::object{{"type", "string"}};
        if (!parameter.choices.empty()) schema["enum"] = json::array(parameter.choices.begin(), parameter.choices.end());
        properties[parameter.name] = std::move(schema);
        if (parameter.required) required.emplace_back(parameter.name);
    }
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}, {"additionalProperties", false}};
}

std::string arguments_json(const ToolArguments& arguments) {
    json::object object;
    for (const auto& [name, value] : arguments.values()) {
        object[name] = std::visit(
            [](const auto& v) -> json::value {
                if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::vector<std::string>>) {
                    return json::array(v.begin(), v.end());
                } else {
                    return json::value(v);
                }
            },
            value);
    }
    return json::serialize(object);
}

std::expected<ToolArguments, std::string> parse_arguments(std::string_view text, const ToolMetadata* tool) {
    text = trim(text);
    if (text.size() > max_arguments_bytes) return std::unexpected("The arguments are too long.");
    if (text.empty() || text == "null") return ToolArguments();
    if (const auto object = as_object(text)) return to_arguments(*object);
    const std::string_view inside = without_fence(text);
    const auto brace = inside.find('{');
    if (brace != std::string_view::npos) {
        if (const auto object = as_object(inside)) return to_arguments(*object);
        if (const auto object = as_object(Repair(inside.substr(brace)).run())) return to_arguments(*object);
    } else if (tool != nullptr && tool->parameters.size() == 1) {
        const auto value = parse(text);
        auto bare = value ? to_tool_value(*value) : std::optional<ToolValue>(utf8(text));
        ToolArguments arguments;
        if (bare) arguments.set(tool->parameters.front().name, std::move(*bare));
        return arguments;
    }
    return std::unexpected("The arguments are no JSON object.");
}

ToolCall make_tool_call(std::string id, std::string name, std::string_view arguments, const std::vector<ToolMetadata>& tools) {
    const auto tool = std::ranges::find(tools, name, &ToolMetadata::name);
    auto parsed = parse_arguments(arguments, tool != tools.end() ? &*tool : nullptr);
    ToolCall call{.id = std::move(id), .name = std::move(name)};
    if (parsed) {
        call.arguments = std::move(*parsed);
    } else {
        call.problem = std::move(parsed.error());
    }
    return call;
}

}  // namespace docmind
