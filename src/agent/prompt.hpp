#pragma once
// "What does the model get to read?" Fits instructions, earlier turns, passages and question into the model's context window.
// Passages stand between tags with a random name, made anew for every request, so that no document can imitate their end.

#include "agent/chat_memory_buffer.hpp"

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

enum class PromptStyle {
    full,   ///< the model follows instructions: it is told to cite, and sees the conversation
    small,  ///< a model of a few hundred million parameters: little text, no rules it would only repeat
};

/// By the size in the model's name: "SmolLM2-135M", "qwen2.5:0.5b" are small (below one billion parameters); full where it names none.
[[nodiscard]] PromptStyle style_for(std::string_view model);

struct PromptInput {
    PromptStyle style = PromptStyle::full;
    std::string boundary;            ///< name of the tags
    std::size_t token_limit = 3000;  ///< for all of the prompt
    ChatMemory memory;               ///< of earlier turns
    std::vector<Source> sources;     ///< best first
    std::string question;
};

struct Prompt {
    std::vector<ChatMessage> messages;
    std::size_t passages = 0;  ///< how many of the sources are in it, from the first; the last may be shortened
    bool question_shortened = false;
};

[[nodiscard]] Prompt build_prompt(const PromptInput& input);

/// As much of a memory as has its place in a prompt.
struct FittedMemory {
    std::string summary;             ///< goes to the end of the instructions
    std::vector<ChatMessage> turns;  ///< the user's and the assistant's in turn, beginning with a question and ending with an answer
    std::size_t tokens = 0;          ///< of both
};
/// The summary first, then the last turns, as long as they have `budget` tokens together.
[[nodiscard]] FittedMemory fit_memory(const ChatMemory& memory, std::size_t budget, const std::string& boundary);

/// A passage as a model that follows instructions sees it: between tags that carry its number, document and page. `body`: its text.
[[nodiscard]] std::string passage_block(const std::string& boundary, const Source& source, std::string_view body);

/// Without empty lines and runs of blanks: they cost tokens and say nothing.
[[nodiscard]] std::string condensed(std::string_view passage);

/// The words a model is told to say where the passages do not hold the answer.
[[nodiscard]] std::string_view not_found_words() noexcept;

/// "passage-" and 8 random hex digits.
[[nodiscard]] std::string make_boundary();

}  // namespace docmind
