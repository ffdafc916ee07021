#pragma once
// "Which question is to be searched for?" The message, or what a follow-up means.

#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace docmind {

/// The message where it stands alone; else what `llm` makes of it, within `limit`. Without a model, one that is away or one that writes
/// something else: the last question and the message together, which serves.
Task<std::string> standalone_question(LLM* llm, std::vector<StoredMessage> history, std::string message, std::chrono::milliseconds limit);

}  // namespace docmind
