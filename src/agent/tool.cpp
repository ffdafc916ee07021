#include <docmind/error.hpp>
#include <docmind/tool.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/text.hpp"

namespace docmind {

namespace {

constexpr std::size_t longest_name = 64;

void check_name(const std::string& name) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (name.empty() || name.size() > longest_name || !std::ranges::all_of(name, good)) {
        throw Error(errc::invalid_argument,
                    "\"" + name + "\" is no name for a tool or its parameter: 1 to 64 letters, digits, _ and - are possible.");
    }
}

ToolMetadata checked(ToolMetadata metadata) {
    check_tool_metadata(metadata);
    return metadata;
}

}  // namespace

void check_tool_metadata(const ToolMetadata& metadata) {
    check_name(metadata.name);
    std::set<std::string> names;
    for (const ToolParameter& parameter : metadata.parameters) {
        check_name(parameter.name);
        if (!names.insert(parameter.name).second)
            throw Error(errc::invalid_argument, "The tool " + metadata.name + " has two parameters " + parameter.name + ".");
    }
}

FunctionTool::FunctionTool(ToolMetadata metadata, std::function<Task<ToolOutput>(ToolArguments)> function)
    : metadata_(checked(std::move(metadata))), coroutine_(std::move(function)) {}

FunctionTool::FunctionTool(ToolMetadata metadata, std::function<std::string(ToolArguments)> function)
    : metadata_(checked(std::move(metadata))), function_(std::move(function)) {}

Task<ToolOutput> FunctionTool::acall(ToolArguments arguments) {
    if (function_) co_return ToolOutput{.content = function_(std::move(arguments))};
    auto output = co_await coroutine_(std::move(arguments));
    co_return output;
}

QueryEngineTool::QueryEngineTool(Params params, std::string name, std::string description, Retriever& retriever)
    : params_(std::move(params)),
      metadata_(checked({.name = std::move(name),
                         .description = std::move(description),
                         .parameters = {{.name = "query", .description = "What to look for: a question or its key words."}}})),
      retriever_(retriever) {
    if (params_.similarity_top_k < 1) throw Error(errc::invalid_argument, "similarity_top_k must be at least 1.");
}

Task<ToolOutput> QueryEngineTool::acall(ToolArguments arguments) {
    QueryBundle query;
    query.query_str = text::shorten(arguments.text("query").value_or(""), params_.max_query_bytes);
    query.similarity_top_k = params_.similarity_top_k;
    query.document_ids = params_.document_ids;
    auto result = co_await retriever_.aretrieve(std::move(query));
    ToolOutput output{.content = {}, .passages = {}, .notes = std::move(result.notes), .timings_ms = std::move(result.timings_ms)};
    output.relevance = result.relevance;
    output.timings_ms.erase("total");
    if (result.relevant && !result.nodes.empty()) {
        output.passages = std::move(result.nodes);
    } else {
        output.found = false;
        output.content = "No passage speaks of this.";
    }
    co_return output;
}

}  // namespace docmind
