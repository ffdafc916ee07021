#pragma once
// The answer to a message, shared by the routes that ask: a new question, the last one again, a comparison, a summary.

#include <docmind/agent.hpp>

#include <docmind/agent.hpp>

#include <boost/json/object.hpp>

#include <memory>
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

/// `agent`: of that conversation. `claim`: of the conversation, or null for an answer that is not resumable. Errors: those of Agent.
Task<HttpResponse> answer(Call call, ChatOrder asked, std::unique_ptr<Agent> agent, LiveAnswers::Claim claim);
/// The right to answer in that conversation, null where the answer is not resumable. Errors: conflict, overloaded, not_found (the session).
Task<LiveAnswers::Claim> aclaim(Call call, std::string session_id, bool resumable);

}  // namespace docmind
