#pragma once
// "How are tools and their arguments written in JSON, and what did a model mean by its JSON?" Internal to llms/.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <boost/json/object.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// What a model's text was, once it has ended.
struct ReadStep {
    std::string thought = {};
    std::string answer = {};  ///< what was not given out before
    std::vector<ToolCall> calls = {};
};

/// The JSON Schema of a tool's parameters.
[[nodiscard]] boost::json::object parameters_schema(const ToolMetadata& metadata);

/// The arguments as one line of JSON.
[[nodiscard]] std::string arguments_json(const ToolArguments& arguments);

/// Reads the arguments of a call as models write them: JSON, also in a code fence, with single quotes, trailing commas, raw line ends,
/// Python's literals, or cut at its end; for a tool with one parameter also its bare value. `tool` may be null. Arrays of plain values
/// become texts; what is deeper is kept as JSON text. Error: what is wrong, in words for the model.
[[nodiscard]] std::expected<ToolArguments, std::string> parse_arguments(std::string_view text, const ToolMetadata* tool);

/// The call with its arguments read by the parameters of the tool of that name; `problem` says where they could not be.
[[nodiscard]] ToolCall make_tool_call(std::string id, std::string name, std::string_view arguments, const std::vector<ToolMetadata>& tools);

}  // namespace docmind
