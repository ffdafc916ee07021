#pragma once
// "What was asked, in which conversation?" The beginning of every answer: the message is checked and stored before anything else happens.

#include "agent/chat_memory_buffer.hpp"

#include <docmind/agent.hpp>
#include <docmind/memory.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

struct Turn {
    std::string session_id;
    std::string question_id;
    std::string message;
    std::vector<StoredMessage> history;  ///< before the message, in its branch
    ChatMemory memory;                   ///< what of it the model reads
    std::chrono::steady_clock::time_point started;
};

/// An empty `session` begins a conversation, which is called by its first question. The message is durable when it returns, and its
/// branch is the active one. Errors: invalid_argument (an empty message, more than max_chars characters, a parent that is not there),
/// not_found (the session, the question to be answered again), storage.
Task<Turn> abegin_turn(SessionStore* sessions, std::string session, ChatTurn said, std::size_t max_chars);

/// Pulls the stream to its end.
Task<AgentResponse> alast_response(std::unique_ptr<AgentStream> stream);

}  // namespace docmind
