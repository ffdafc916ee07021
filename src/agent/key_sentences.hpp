#pragma once
// "Which of these passages' own sentences say most of what they are about?" For summaries without a model.

#include <docmind/agent.hpp>
#include <docmind/comparison.hpp>

#include <cstddef>
#include <vector>

namespace docmind {

/// SumBasic (Nenkova and Vanderwende 2005): the sentences whose words are the commonest in the passages, those of a chosen sentence
/// counting for less in the next. At most `most`, in the order of the passages. Headings, fragments and very long sentences are passed
/// over, unless there is nothing else.
[[nodiscard]] std::vector<CitedSentence> key_sentences(const std::vector<Source>& passages, std::size_t most);

}  // namespace docmind
