// Conversations: listed, read, renamed, exported, removed, and their last answer asked for again.

#include <docmind/error.hpp>

#include <boost/json/array.hpp>

#include <algorithm>

#include "server/chat_stream.hpp"
#include "server/json.hpp"
#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"
#include "server/session_export.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

constexpr std::size_t max_title_bytes = 400;

std::string checked_title(std::string title) {
    if (title.size() > max_title_bytes) throw Error(errc::too_large, fmt::format("A title may have {} bytes at most.", max_title_bytes));
    return title;
}

}  // namespace

Task<HttpResponse> list_sessions(Call call) {
    const std::vector<SessionRecord> sessions = co_await call.services.sessions.alist_sessions();
    json::array described;
    for (const SessionRecord& session : sessions) described.push_back(to_json(session));
    co_return json_response(200, json::object{{"sessions", std::move(described)}});
}

Task<HttpResponse> create_session(Call call) {
    json::object body;
    if (call.request.body) body = co_await read_json(&call.request);
    const SessionRecord session = co_await call.services.sessions.acreate_session(checked_title(text_member(body, "title")));
    co_return json_response(201, to_json(session));
}

Task<HttpResponse> get_session(Call call) {
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    co_return json_response(200, to_json(session));
}

Task<HttpResponse> rename_session(Call call) {
    const json::object body = co_await read_json(&call.request);
    std::string title = checked_title(text_member(body, "title"));
    if (title.empty()) throw Error(errc::invalid_argument, "\"title\" is empty.");
    co_await call.services.sessions.arename_session(call.arguments[0], std::move(title));
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    co_return json_response(200, to_json(session));
}

Task<HttpResponse> delete_session(Call call) {
    const std::string running = call.answers.running(call.arguments[0]);
    if (!running.empty()) call.answers.stop(running);
    co_await call.services.sessions.aremove_session(call.arguments[0]);
    co_return no_content();
}

Task<HttpResponse> get_messages(Call call) {
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    // Asked before the messages are read: an answer that ends in between is then in both, never in neither.
    const std::string running = call.answers.running(session.id);
    const std::vector<StoredMessage> messages = co_await call.services.sessions.aget_messages(session.id);
    json::array described;
    for (const StoredMessage& message : messages) described.push_back(to_json(message));
    json::object body{{"messages", std::move(described)}};
    if (!running.empty()) body["answer_id"] = running;
    co_return json_response(200, body);
}

Task<HttpResponse> get_export(Call call) {
    const std::string* asked = call.request.parameter("format");
    const std::string format = asked ? *asked : "md";
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    const std::vector<StoredMessage> messages = co_await call.services.sessions.aget_messages(session.id);
    HttpResponse response;
    response.body = export_session(session, messages, format);
    response.headers.add("Content-Type", format == "json" ? "application/json; charset=utf-8" : "text/markdown; charset=utf-8");
    response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"conversation.{}\"", format));
    co_return response;
}

Task<HttpResponse> regenerate(Call call) {
    json::object body;
    if (call.request.body) body = co_await read_json(&call.request);
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    // Its question must not be taken away from under an answer that is being written.
    LiveAnswers::Claim claim = call.answers.claim(session.id);
    const std::vector<StoredMessage> messages = co_await call.services.sessions.aget_messages(session.id);
    const auto last =
        std::find_if(messages.rbegin(), messages.rend(), [](const StoredMessage& message) { return message.role == MessageRole::user; });
    if (last == messages.rend()) throw Error(errc::conflict, "Nothing was asked in this conversation yet.");
    std::string question = last->content;
    co_await call.services.sessions.atruncate_from(session.id, last->id);
    ChatOrder asked = chat_order(body);
    asked.session_id = session.id;
    asked.message = std::move(question);
    std::unique_ptr<Agent> agent = call.services.make_agent(asked.session_id, asked.document_ids);
    co_return co_await answer(call, std::move(asked), std::move(agent), std::move(claim));
}

}  // namespace docmind
