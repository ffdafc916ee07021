// Conversations: listed, searched, read in one branch or another, renamed, exported, removed and restored, and an answer asked for again.

#include <docmind/error.hpp>

#include <boost/json/array.hpp>

#include <algorithm>

#include "analysis/matching_words.hpp"
#include "async/offload.hpp"
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
constexpr std::size_t max_query_bytes = 1000;
constexpr std::size_t max_matches = 50;

std::string checked_title(std::string title) {
    if (title.size() > max_title_bytes) throw Error(errc::too_large, fmt::format("A title may have {} bytes at most.", max_title_bytes));
    return title;
}

/// With the words of each answer's quotations that its question has too. A path has each answer behind its question.
std::vector<StoredMessage> with_matches(std::vector<StoredMessage> path) {
    for (std::size_t i = 1; i < path.size(); ++i) {
        if (path[i].role == MessageRole::assistant) MatchingWords(path[i - 1].content).mark(path[i], path[i].content);
    }
    return path;
}

/// The messages that are shown, and the answer under way.
Task<HttpResponse> active_path(Call call, std::string session) {
    // Asked before the messages are read: an answer that ends in between is then in both, never in neither.
    const std::string running = call.answers.running(session);
    std::vector<StoredMessage> messages = co_await call.services.sessions.aget_messages(std::move(session));
    auto mark = [path = std::move(messages)](std::stop_token) mutable { return with_matches(std::move(path)); };
    messages = co_await offload(call.services.files, Priority::interactive, std::move(mark));
    json::array described;
    for (const StoredMessage& message : messages) described.push_back(to_json(message));
    json::object body{{"messages", std::move(described)}};
    if (!running.empty()) body["answer_id"] = running;
    co_return json_response(200, body);
}

/// The question that is to be answered again: the one that is named, the one whose answer is named, or the last one.
Task<std::string> question_to_repeat(Call call, std::string session, std::string message_id) {
    std::vector<StoredMessage> path;
    if (message_id.empty())
        path = co_await call.services.sessions.aget_messages(std::move(session));
    else
        path = co_await call.services.sessions.aget_path(std::move(session), std::move(message_id));
    const auto question =
        std::find_if(path.rbegin(), path.rend(), [](const StoredMessage& message) { return message.role == MessageRole::user; });
    if (question == path.rend()) throw Error(errc::conflict, "Nothing was asked in this conversation yet.");
    co_return question->id;
}

}  // namespace

Task<HttpResponse> list_sessions(Call call) {
    json::array described;
    if (const std::string* words = call.request.parameter("query")) {
        if (words->size() > max_query_bytes)
            throw Error(errc::too_large, fmt::format("\"query\" may have {} bytes at most.", max_query_bytes));
        const std::vector<SessionMatch> matches = co_await call.services.sessions.asearch_sessions(*words, max_matches);
        for (const SessionMatch& match : matches) described.push_back(to_json(match));
    } else {
        const std::vector<SessionRecord> sessions = co_await call.services.sessions.alist_sessions();
        for (const SessionRecord& session : sessions) described.push_back(to_json(session));
    }
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

Task<HttpResponse> restore_session(Call call) {
    const SessionRecord session = co_await call.services.sessions.arestore_session(call.arguments[0]);
    co_return json_response(200, to_json(session));
}

Task<HttpResponse> get_messages(Call call) {
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    co_return co_await active_path(call, session.id);
}

Task<HttpResponse> choose_branch(Call call) {
    const json::object body = co_await read_json(&call.request);
    std::string message = text_member(body, "message_id");
    if (message.empty()) throw Error(errc::invalid_argument, "\"message_id\" is missing: a message of the branch.");
    // Who reads an answer while it is written must not see another conversation above it.
    call.answers.require_idle(call.arguments[0]);
    co_await call.services.sessions.achoose_branch(call.arguments[0], std::move(message));
    co_return co_await active_path(call, call.arguments[0]);
}

Task<HttpResponse> get_export(Call call) {
    const std::string* asked = call.request.parameter("format");
    const std::string format = asked ? *asked : "md";
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    const std::vector<StoredMessage> path = co_await call.services.sessions.aget_messages(session.id);
    const std::vector<StoredMessage> all = co_await call.services.sessions.aget_all_messages(session.id);
    HttpResponse response;
    response.body = export_session(session, path, all, format);
    response.headers.add("Content-Type", format == "json" ? "application/json; charset=utf-8" : "text/markdown; charset=utf-8");
    response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"conversation.{}\"", format));
    co_return response;
}

Task<HttpResponse> regenerate(Call call) {
    json::object body;
    if (call.request.body) body = co_await read_json(&call.request);
    const SessionRecord session = co_await call.services.sessions.aget_session(call.arguments[0]);
    LiveAnswers::Claim claim = call.answers.claim(session.id);
    ChatOrder asked = chat_order(body);
    const std::string question = co_await question_to_repeat(call, session.id, text_member(body, "message_id"));
    asked.session_id = session.id;
    asked.turn = ChatTurn::again(question);
    std::unique_ptr<Agent> agent = call.services.make_agent(asked.session_id, asked.document_ids);
    co_return co_await answer(call, std::move(asked), std::move(agent), std::move(claim));
}

}  // namespace docmind
