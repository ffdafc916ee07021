#pragma once
// The answer to a message, shared by the routes that ask: a new question, and the last one again.

#include <docmind/agent.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <vector>

#include "server/live_answers.hpp"
#include "server/routes.hpp"

namespace docmind {

/// What is asked, where, and how it is to be answered.
struct ChatOrder {
    std::string session_id;  ///< empty = a new conversation
    ChatTurn turn{""};
    std::vector<std::string> document_ids;
    bool stream = true;
    bool resumable = false;      ///< the answer goes on when the connection is closed, and ends by POST /api/answers/{id}/stop
    std::string answer_id = {};  ///< of a resumable one, chosen by the client, which can then follow it without having heard of it
};
/// What the body says about the answer; the question and its conversation are for the caller to fill in.
[[nodiscard]] ChatOrder chat_order(const boost::json::object& body);

/// `claim`: of the conversation, or null for an answer that is not resumable. Errors: those of Agent.
Task<HttpResponse> answer(Call call, ChatOrder asked, LiveAnswers::Claim claim);

}  // namespace docmind
