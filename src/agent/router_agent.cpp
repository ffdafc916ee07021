#include "agent/router_agent.hpp"

#include "agent/document_order.hpp"
#include "agent/follow_up.hpp"
#include "agent/turn.hpp"

#include <utility>

namespace docmind {

RouterAgent::RouterAgent(LibraryScope scope, Makers makers, SessionStore& sessions, std::string session)
    : scope_(std::move(scope)), makers_(std::move(makers)), sessions_(sessions), session_(std::move(session)) {}

Task<std::string> RouterAgent::message_of(ChatTurn turn) {
    if (turn.question_id.empty()) co_return std::move(turn.message);
    const auto path = co_await sessions_.aget_path(session_, std::move(turn.question_id));
    co_return path.back().content;
}

Task<std::unique_ptr<Agent>> RouterAgent::choose(std::string message) {
    const auto orders = read_orders(message);
    std::vector<DocumentRecord> documents;
    if (!orders.empty()) documents = co_await scope_.alist();
    for (const DocumentOrder& order : orders) {
        const auto named = documents_named(order.subject, documents, !scope_.document_ids().empty());
        if (!named) continue;
        if (!order.compare && named->size() == 1) co_return makers_.summary(session_, named->front().id);
        if (!order.compare || named->size() < 2) continue;
        std::vector<std::string> ids;
        for (const DocumentRecord& document : *named) ids.push_back(document.id);
        co_return makers_.comparison(session_, std::move(ids), order.aspects);
    }
    // What leans on what was said before is not taken apart: its parts would not stand alone.
    if (makers_.parts && has_parts(message) && (session_.empty() || !is_follow_up(message))) co_return makers_.parts(session_);
    co_return makers_.questions(session_);
}

Task<std::unique_ptr<AgentStream>> RouterAgent::astream_chat(ChatTurn turn) {
    auto message = co_await message_of(turn);
    const auto agent = co_await choose(std::move(message));
    auto stream = co_await agent->astream_chat(std::move(turn));
    session_ = agent->session_id();
    co_return stream;
}

Task<AgentResponse> RouterAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
