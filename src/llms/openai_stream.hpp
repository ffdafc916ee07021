#pragma once
// "What does the server answer to this request?" One chat request from the slot it waits for to the last delta of its answer.
// Internal to llms/.

#include <docmind/llm.hpp>
#include <docmind/task.hpp>

#include <memory>

#include "llms/openai_backend.hpp"

namespace docmind::detail {

/// Takes a slot, sends the request, and returns once the answer begins. `calling`: how the request's tools are said. Errors: those of
/// LLM::astream_chat.
Task<std::unique_ptr<ChatStream>> open_stream(std::shared_ptr<OpenAIBackend> backend, ChatRequest request, ToolCalling calling);

/// The whole answer.
Task<ChatResponse> collect(std::unique_ptr<ChatStream> stream);

}  // namespace docmind::detail
