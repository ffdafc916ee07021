#pragma once
// "How is a summary asked for, and is what the model wrote one?" Values only.

#include <docmind/llm.hpp>
#include <docmind/memory.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace docmind {

/// Asks for one summary of `previous` (empty: none) and of what was said after it, as background work. What was said stands between tags
/// of a random name (make_boundary): it is told about, not obeyed. Texts are shortened to `message_bytes` each.
[[nodiscard]] ChatRequest summary_request(std::string_view previous, std::span<const StoredMessage> messages, const std::string& boundary,
                                          std::size_t max_tokens, std::size_t message_bytes);

/// The summary in the model's words, cut at a sentence's end to about `max_tokens`; nullopt where they are none: empty, going round in
/// circles, without an end, or mostly of words that nobody said.
[[nodiscard]] std::optional<std::string> accept_summary(std::string_view said, std::string_view previous,
                                                        std::span<const StoredMessage> messages, std::size_t max_tokens);

}  // namespace docmind
