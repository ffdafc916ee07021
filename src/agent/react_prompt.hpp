#pragma once
// "What does a model read that answers with tools?" The conversation with its instructions, calls and results, and how much room is left
// in the context window for more.

#include "agent/chat_memory_buffer.hpp"

#include <docmind/llm.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class ReactPrompt {
  public:
    struct Params {
        std::size_t token_limit = 3000;  ///< for all of the request: messages and tools
        std::string boundary;            ///< name of the tags around what tools give
    };
    /// `tools`: what the request describes besides the messages.
    ReactPrompt(Params params, const ChatMemory& memory, std::string_view question, const std::vector<ToolMetadata>& tools);

    /// The model's step; each call is answered by add_result, in order.
    void add_calls(std::string thought, std::vector<ToolCall> calls);
    void add_result(const ToolCall& call, std::string words);
    /// Tells the model that it must answer now.
    void ask_for_answer();

    [[nodiscard]] const std::vector<ChatMessage>& messages() const noexcept { return messages_; }
    /// Tokens that can still be added.
    [[nodiscard]] std::size_t room() const;
    [[nodiscard]] bool question_shortened() const noexcept { return question_shortened_; }

  private:
    void add(ChatMessage message);

    std::size_t token_limit_;
    std::size_t used_ = 0;
    std::vector<ChatMessage> messages_;
    bool question_shortened_ = false;
};

}  // namespace docmind
