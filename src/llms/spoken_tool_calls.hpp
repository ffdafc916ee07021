#pragma once
// "Is this text a tool call that the server did not recognise?" Models write their calls as <tool_call>{...}</tool_call>,
// [TOOL_CALLS][...] or a bare object with name and arguments; a server without the fitting parser passes that on as the answer's text.
// Only a text that begins so counts, and only names of tools that were offered: all else is the answer. Internal to llms/.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "llms/tool_json.hpp"

namespace docmind {

class SpokenToolCalls {
  public:
    explicit SpokenToolCalls(std::vector<ToolMetadata> tools) : tools_(std::move(tools)) {}

    /// The text that is certainly no call.
    [[nodiscard]] std::string feed(std::string_view text);
    [[nodiscard]] ReadStep finish();

  private:
    enum class State { start, call, text };
    std::vector<ToolMetadata> tools_;
    State state_ = State::start;
    std::string held_;
};

}  // namespace docmind
