#pragma once
// "What was asked, in which conversation?" The beginning of every answer: the message is checked and stored before anything else happens.

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
    std::string message;
    std::vector<StoredMessage> history;  ///< before the message
    std::chrono::steady_clock::time_point started;
};

/// An empty `session` begins a conversation, which is called by its first question. The message is durable when it returns. Errors:
/// invalid_argument (an empty message, more than max_chars characters), not_found (the session), storage.
Task<Turn> abegin_turn(SessionStore* sessions, std::string session, std::string message, std::size_t max_chars);

/// Pulls the stream to its end.
Task<AgentResponse> alast_response(std::unique_ptr<AgentStream> stream);

}  // namespace docmind
