#pragma once
// "Can this model call a tool?" A question whose only sensible answer is one call, and the judgement of what came. Internal to llms/.

#include <docmind/llm.hpp>

namespace docmind {

/// One short question with one tool. A model that thinks first has room for it.
[[nodiscard]] ChatRequest tool_probe();

/// Whether the model called the tool as it was asked to.
[[nodiscard]] bool passes_tool_probe(const ChatResponse& response);

}  // namespace docmind
