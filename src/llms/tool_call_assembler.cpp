#include "llms/tool_call_assembler.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

#include "llms/tool_json.hpp"

namespace docmind {

ToolCallAssembler::Pieces& ToolCallAssembler::call_of(const Piece& piece) {
    if (piece.index) {
        const auto known = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Pieces& call) { return call.index == piece.index; });
        // vLLM with some parsers and Ollama give every call the index 0: another id with a name begins the next one.
        const bool is_next =
            !piece.name.empty() && !piece.id.empty() && known != calls_.rend() && !known->id.empty() && known->id != piece.id;
        if (known != calls_.rend() && !is_next) return *known;
    } else if (!calls_.empty() && piece.name.empty() && (piece.id.empty() || piece.id == calls_.back().id)) {
        return calls_.back();
    }
    if (calls_.size() == params_.max_calls) throw Error(errc::backend, "The model called too many tools at once.");
    calls_.push_back({.index = piece.index});
    return calls_.back();
}

void ToolCallAssembler::feed(const Piece& piece) {
    bytes_ += piece.id.size() + piece.name.size() + piece.arguments.size();
    if (bytes_ > params_.max_bytes) throw Error(errc::backend, "The model's tool calls do not end.");
    Pieces& call = call_of(piece);
    if (call.id.empty()) call.id = piece.id;
    if (call.name.empty()) call.name = piece.name;
    call.arguments += piece.arguments;
}

std::vector<ToolCall> ToolCallAssembler::take(const std::vector<ToolMetadata>& tools) {
    std::vector<ToolCall> calls;
    calls.reserve(calls_.size());
    for (Pieces& call : std::exchange(calls_, {})) {
        calls.push_back(make_tool_call(std::move(call.id), std::move(call.name), call.arguments, tools));
    }
    bytes_ = 0;
    return calls;
}

}  // namespace docmind
