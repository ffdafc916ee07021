// POST /api/chat: one answer, as events while it comes into being or as one object at its end. A resumable one is followed and stopped
// under /api/answers.

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>

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

constexpr std::size_t shortest_id = 16, longest_id = 64;  // of an answer, where the client chooses it

class ChatEventStream final : public SseSource {
  public:
    /// What the events of an answer are told with.
    struct Telling {
        Metrics& metrics;
        std::string request_id;
        LiveAnswers* answers = nullptr;  ///< where it can be followed; null = nowhere
        std::string answer_id = {};
    };
    /// Null for `stream`: the first pull asks the agent, so that it does not depend on who waits for the response.
    ChatEventStream(std::unique_ptr<Agent> agent, ChatTurn turn, std::unique_ptr<AgentStream> stream, Telling telling)
        : agent_(std::move(agent)),
          turn_(std::move(turn)),
          stream_(std::move(stream)),
          telling_(std::move(telling)),
          open_(telling_.metrics, "chat") {}

    Task<std::optional<SseEvent>> next() override {
        if (ended_) co_return std::nullopt;
        std::optional<SseEvent> event;
        std::optional<Error> failure;
        try {
            event = co_await pull();
        } catch (const Error& error) {
            failure = error;
        }
        if (failure) {
            const auto problem = problem_json(failure->code(), status_of(failure->code()), failure->what(), telling_.request_id);
            event = SseEvent{.event = "error", .data = json::serialize(problem)};
        }
        if (failure || !event) {
            ended_ = true;
            stream_.reset();
        }
        co_return event;
    }

  private:
    Task<std::optional<SseEvent>> pull() {
        if (!greeted_) {
            if (!stream_) stream_ = co_await agent_->astream_chat(std::move(turn_));
            greeted_ = true;
            co_return greet();
        }
        const std::optional<AgentEvent> event = co_await stream_->next();
        if (!event) co_return std::nullopt;
        co_return std::visit([this](const auto& e) { return describe(e); }, *event);
    }

    SseEvent greet() {
        json::object session{{"session_id", agent_->session_id()}};
        if (telling_.answers != nullptr) {
            telling_.answers->set_session(telling_.answer_id, agent_->session_id());
            session["answer_id"] = telling_.answer_id;
        }
        return {.event = "session", .data = json::serialize(session)};
    }
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
        telling_.metrics.count_answer(response.degraded, response.found);
        return {.event = "done", .data = json::serialize(to_json(response))};
    }

    std::unique_ptr<Agent> agent_;
    ChatTurn turn_;
    std::unique_ptr<AgentStream> stream_;  // dropped before its agent
    Telling telling_;
    OpenStream open_;
    bool greeted_ = false;
    bool ended_ = false;
};

std::string checked_answer_id(std::string id) {
    const bool fits = id.size() >= shortest_id && id.size() <= longest_id;
    const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
    if (!id.empty() && (!fits || !std::ranges::all_of(id, is_plain))) {
        throw Error(errc::invalid_argument,
                    fmt::format("\"answer_id\" must be {} to {} letters, digits, \"-\" and \"_\".", shortest_id, longest_id));
    }
    return id;
}

// null: it begins the conversation.
std::optional<std::string> parent_member(const json::object& body) {
    if (!body.contains("parent_id")) return std::nullopt;
    return text_member(body, "parent_id");
}

}  // namespace

ChatOrder chat_order(const json::object& body) {
    ChatOrder asked{.document_ids = texts_member(body, "document_ids"),
                    .stream = flag_member(body, "stream", true),
                    .resumable = flag_member(body, "resumable", false),
                    .answer_id = checked_answer_id(text_member(body, "answer_id"))};
    asked.turn.parent_id = parent_member(body);
    return asked;
}

// The claim is held until the answer has begun: of two tabs that ask at the same moment one gets through.
Task<HttpResponse> answer(Call call, ChatOrder asked, std::unique_ptr<Agent> agent, [[maybe_unused]] LiveAnswers::Claim claim) {
    if (!asked.stream) {
        const AgentResponse response = co_await agent->achat(std::move(asked.turn));
        call.metrics.count_answer(response.degraded, response.found);
        co_return json_response(200, to_json(response));
    }
    ChatEventStream::Telling telling{.metrics = call.metrics, .request_id = call.request.id};
    if (!asked.resumable) {
        // What is wrong with the question itself is answered before the stream begins.
        std::unique_ptr<AgentStream> events = co_await agent->astream_chat(asked.turn);
        co_return event_response(
            call, std::make_unique<ChatEventStream>(std::move(agent), std::move(asked.turn), std::move(events), std::move(telling)));
    }
    // From here on nothing waits: a client that leaves before the response has come leaves an answer that can be followed by its id.
    const std::string id = asked.answer_id.empty() ? make_id() : std::move(asked.answer_id);
    telling.answers = &call.answers;
    telling.answer_id = id;
    call.answers.begin(id, std::move(asked.session_id),
                       std::make_unique<ChatEventStream>(std::move(agent), std::move(asked.turn), nullptr, std::move(telling)));
    co_return event_response(call, call.answers.follow(id, 0));
}

Task<LiveAnswers::Claim> aclaim(Call call, std::string session_id, bool resumable) {
    LiveAnswers::Claim claim;
    if (resumable)
        claim = call.answers.claim(session_id);
    else
        call.answers.require_idle(session_id);
    if (!session_id.empty()) {
        [[maybe_unused]] const SessionRecord known = co_await call.services.sessions.aget_session(session_id);
    }
    co_return claim;
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
    asked.turn.message = std::move(message);
    LiveAnswers::Claim claim = co_await aclaim(call, asked.session_id, asked.resumable);
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
