#pragma once
// "What did the model propose?" Short questions to a language model, and what is usable of its answer.

#include <docmind/error.hpp>
#include <docmind/llm.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Failures of a model that leave the rest of the work as good as it is. The others (a defect) are the caller's to know.
[[nodiscard]] inline bool can_do_without_model(errc code) noexcept {
    return code == errc::unavailable || code == errc::backend || code == errc::timeout || code == errc::overloaded;
}

/// The model's words; nothing, and its reason in `why`, where it cannot be used now.
Task<std::optional<std::string>> ask_model(LLM* llm, std::string prompt, int max_tokens, std::chrono::milliseconds limit, std::string* why);

/// The lines of a model's list without bullets, numbers and quotation marks: at most `most`, none empty, none twice in any case, none
/// longer than a question is.
[[nodiscard]] std::vector<std::string> list_lines(std::string_view said, std::size_t most);

}  // namespace docmind
