#pragma once
// "Which texts go through the model together?"

#include <cstddef>
#include <vector>

namespace docmind {

/// Positions of `lengths`, grouped by similar length: every position once, and in a group at most `max_tokens` tokens after all are padded
/// to the longest (a single text may be longer). Shortest first.
[[nodiscard]] std::vector<std::vector<std::size_t>> plan_batches(const std::vector<std::size_t>& lengths, std::size_t max_tokens);

/// The length a batch is padded to: a few lengths instead of all, because the model prepares itself anew for each.
[[nodiscard]] std::size_t padded_length(std::size_t tokens) noexcept;

}  // namespace docmind
