#pragma once
// "How does a model call tools that can be held to a JSON Schema?" Each of its turns is one object {"thought", "action", "input"}, where
// action is a tool or "answer"; the server's grammar lets it write nothing else (response_format of llama-server, vLLM and Ollama). The
// answer itself is asked for in a turn of its own, without the schema, so that it streams and is written freely. Internal to llms/.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "llms/tool_json.hpp"

namespace docmind {

/// The messages of a request with tools as plain ones, calls and results in the turns.
[[nodiscard]] std::vector<ChatMessage> json_step_messages(const ChatRequest& request);

/// What a turn may be.
[[nodiscard]] boost::json::object json_step_schema(const std::vector<ToolMetadata>& tools);

/// Reads one turn.
class JsonStepParser {
  public:
    explicit JsonStepParser(std::vector<ToolMetadata> tools) : tools_(std::move(tools)) {}

    /// The part of the answer that is certain after this text: a text that does not begin with a brace is the answer.
    [[nodiscard]] std::string feed(std::string_view text);
    [[nodiscard]] ReadStep finish();

  private:
    std::vector<ToolMetadata> tools_;
    std::string held_;
    bool is_text_ = false;
};

}  // namespace docmind
