#pragma once
// "Which question does this message ask, when it stands alone?" "And the toll?" finds nothing; with the question before it, it does.
// Decides by the words whether a message leans on what was said, and judges what a model made of it.

#include <docmind/llm.hpp>
#include <docmind/memory.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Does the message need what was said before? True for short ones, and for those with a word that points back.
[[nodiscard]] bool is_follow_up(std::string_view message);

/// The last question before this one; empty where there is none.
[[nodiscard]] std::string last_question(const std::vector<StoredMessage>& history);

/// Asks a model for the question that stands alone. Short: the last turn and the message.
[[nodiscard]] ChatRequest condense_request(const std::vector<StoredMessage>& history, std::string_view message);

/// The model's words, if they are a question that keeps what the message asks and adds nothing but what was said before.
[[nodiscard]] std::optional<std::string> accept_condensed(std::string_view said, const std::vector<StoredMessage>& history,
                                                          std::string_view message);

/// Without a model: the last question and the message, one after the other.
[[nodiscard]] std::string joined_question(const std::vector<StoredMessage>& history, std::string_view message);

}  // namespace docmind
