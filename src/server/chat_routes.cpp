// POST /api/chat: one answer, as events while it comes into being or as one object at its end. A resumable one is followed and stopped
// under /api/answers.

#include <docmind/node.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "net/sse_writer.hpp"
#include "server/chat_stream.hpp"
#include "server/event_response.hpp"
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
    /// `answer_id`: under which it can be followed and stopped; empty = not.
    ChatEventStream(std::unique_ptr<Agent> agent, std::unique_ptr<AgentStream> stream, Metrics& metrics, std::string request_id,
                    std::string answer_id)
        : agent_(std::move(agent)),
          stream_(std::move(stream)),
          metrics_(metrics),
          open_(metrics, "chat"),
          request_id_(std::move(request_id)),
          answer_id_(std::move(answer_id)) {}

    Task<std::optional<SseEvent>> next() override {
        if (!greeted_) {
            greeted_ = true;
            json::object session{{"session_id", agent_->session_id()}};
            if (!answer_id_.empty()) session["answer_id"] = answer_id_;
            co_return SseEvent{.event = "session", .data = json::serialize(session)};
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
    SseEvent describe(const AgentProgress& progress) {
        return {.event = "progress",
                .data = json::serialize(json::object{{"done", progress.done}, {"of", progress.of}, {"text", progress.text}})};
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
    std::string answer_id_;
    bool greeted_ = false;
};

}  // namespace

ChatOrder chat_order(const json::object& body) {
    return {.document_ids = texts_member(body, "document_ids"),
            .stream = flag_member(body, "stream", true),
            .resumable = flag_member(body, "resumable", false)};
}

// The claim is held until the answer has begun: of two tabs that ask at the same moment one gets through.
Task<HttpResponse> answer(Call call, ChatOrder asked, std::unique_ptr<Agent> agent, [[maybe_unused]] LiveAnswers::Claim claim) {
    if (!asked.stream) {
        const AgentResponse response = co_await agent->achat(std::move(asked.message));
        call.metrics.count_answer(response.degraded, response.found);
        co_return json_response(200, to_json(response));
    }
    // What is wrong with the question itself is answered before the stream begins.
    std::unique_ptr<AgentStream> events = co_await agent->astream_chat(std::move(asked.message));
    if (!asked.resumable) {
        co_return event_response(
            call, std::make_unique<ChatEventStream>(std::move(agent), std::move(events), call.metrics, call.request.id, std::string()));
    }
    const std::string id = make_id();
    std::string session = agent->session_id();
    auto source = std::make_unique<ChatEventStream>(std::move(agent), std::move(events), call.metrics, call.request.id, id);
    call.answers.begin(id, std::move(session), std::move(source));
    co_return event_response(call, call.answers.follow(id, 0));
}

LiveAnswers::Claim claim_for(const Call& call, const ChatOrder& asked) {
    if (asked.resumable) return call.answers.claim(asked.session_id);
    call.answers.require_idle(asked.session_id);
    return {};
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
    ChatOrder asked = chat_order(body);
    asked.session_id = text_member(body, "session_id");
    asked.message = std::move(message);
    LiveAnswers::Claim claim = claim_for(call, asked);
    std::unique_ptr<Agent> agent = call.services.make_agent(asked.session_id, asked.document_ids);
    co_return co_await answer(call, std::move(asked), std::move(agent), std::move(claim));
}

Task<HttpResponse> follow_answer(Call call) {
    co_return event_response(call, call.answers.follow(call.arguments[0], last_event_id(call.request).value_or(0)));
}

Task<HttpResponse> stop_answer(Call call) {
    call.answers.stop(call.arguments[0]);
    co_return no_content();
}

}  // namespace docmind
