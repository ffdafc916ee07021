// POST /api/chat: one answer, as events while it comes into being or as one object at its end.

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "net/sse_writer.hpp"
#include "server/chat_stream.hpp"
#include "server/json.hpp"
#include "server/metrics.hpp"
#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

class ChatEventStream final : public SseSource {
  public:
    ChatEventStream(std::unique_ptr<Agent> agent, std::unique_ptr<AgentStream> stream, Metrics& metrics, std::string request_id)
        : agent_(std::move(agent)),
          stream_(std::move(stream)),
          metrics_(metrics),
          open_(metrics, "chat"),
          request_id_(std::move(request_id)) {}

    Task<std::optional<SseEvent>> next() override {
        if (!greeted_) {
            greeted_ = true;
            co_return SseEvent{.event = "session", .data = json::serialize(json::object{{"session_id", agent_->session_id()}})};
        }
        if (!stream_) co_return std::nullopt;
        std::optional<AgentEvent> event;
        std::optional<Error> failure;
        try {
            std::optional<AgentEvent> pulled = co_await stream_->next();
            event = std::move(pulled);
        } catch (const Error& error) {
            failure = error;
        }
        if (failure) {
            stream_.reset();
            co_return SseEvent{
                .event = "error",
                .data = json::serialize(problem_json(failure->code(), status_of(failure->code()), failure->what(), request_id_))};
        }
        if (!event) {
            stream_.reset();
            co_return std::nullopt;
        }
        co_return std::visit([this](const auto& e) { return describe(e); }, *event);
    }

  private:
    SseEvent describe(const AgentStep& step) {
        return {.event = "step", .data = json::serialize(json::object{{"kind", step.kind}, {"text", step.text}})};
    }
    SseEvent describe(const AgentToken& token) { return {.event = "token", .data = json::serialize(json::object{{"text", token.text}})}; }
    SseEvent describe(const AgentSentence& complete) { return {.event = "sentence", .data = json::serialize(to_json(complete.sentence))}; }
    SseEvent describe(const AgentSources& found) {
        json::array sources;
        for (const Source& source : found.sources) sources.push_back(to_json(source));
        return {.event = "sources", .data = json::serialize(json::object{{"sources", std::move(sources)}})};
    }
    SseEvent describe(const AgentResponse& response) {
        metrics_.count_answer(response.degraded, response.found);
        return {.event = "done", .data = json::serialize(to_json(response))};
    }

    std::unique_ptr<Agent> agent_;
    std::unique_ptr<AgentStream> stream_;  // dropped before its agent
    Metrics& metrics_;
    OpenStream open_;
    std::string request_id_;
    bool greeted_ = false;
};

}  // namespace

Task<HttpResponse> answer(Call call, std::string session, std::string message, std::vector<std::string> document_ids, bool stream) {
    std::unique_ptr<Agent> agent = call.services.make_agent(std::move(session), std::move(document_ids));
    if (!stream) {
        const AgentResponse response = co_await agent->achat(std::move(message));
        call.metrics.count_answer(response.degraded, response.found);
        co_return json_response(200, to_json(response));
    }
    // What is wrong with the question itself is answered before the stream begins.
    std::unique_ptr<AgentStream> events = co_await agent->astream_chat(std::move(message));
    HttpResponse response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    response.stream =
        make_sse_body(std::make_unique<ChatEventStream>(std::move(agent), std::move(events), call.metrics, call.request.id), call.executor);
    co_return response;
}

Task<HttpResponse> post_chat(Call call) {
    const boost::json::object body = co_await read_json(&call.request);
    std::string message = text_member(body, "message");
    if (message.find_first_not_of(" \t\r\n") == std::string::npos)
        throw Error(errc::invalid_argument, "\"message\" is empty: ask something.");
    if (message.size() > call.max_message_chars) {
        throw Error(errc::too_large, fmt::format("A question may have {} characters at most (agent.max_message_chars); this one has {}.",
                                                 call.max_message_chars, message.size()));
    }
    std::string session = text_member(body, "session_id");
    std::vector<std::string> document_ids = texts_member(body, "document_ids");
    co_return co_await answer(call, std::move(session), std::move(message), std::move(document_ids), flag_member(body, "stream", true));
}

}  // namespace docmind
