#pragma once
// "How does a model call tools that only knows how to write?" The ReAct form of words (Yao et al. 2022, https://arxiv.org/abs/2210.03629):
// Thought, Action, Action Input, Observation, Answer. One function puts a request with tools into it, one class reads what the model
// wrote, so that nobody else knows whether a backend has tools of its own. Internal to llms/.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "llms/tool_json.hpp"

namespace docmind {

/// The messages of a request with tools as plain ones: the tools stand in the system message, calls and their results in the turns.
[[nodiscard]] std::vector<ChatMessage> react_messages(const ChatRequest& request);

/// Where the model must stop: what follows would be results it invents.
[[nodiscard]] std::string_view react_stop() noexcept;

/// Reads the model's text as it streams.
class ReactTextParser {
  public:
    explicit ReactTextParser(std::vector<ToolMetadata> tools) : tools_(std::move(tools)) {}

    /// The part of the answer that is certain after this text.
    [[nodiscard]] std::string feed(std::string_view text);
    /// The rest. A text without any of the form's words is the answer.
    [[nodiscard]] ReadStep finish();

  private:
    enum class Section { thought, action, input, answer, observation };

    void take_line(std::string_view line);
    void end_action();

    std::vector<ToolMetadata> tools_;
    Section section_ = Section::thought;
    std::string line_;  // the line that is not whole yet
    std::string thought_, action_, input_;
    std::vector<ToolCall> calls_;
    bool marked_ = false;  // a word of the form was seen
    bool answer_began_ = false;
};

}  // namespace docmind
