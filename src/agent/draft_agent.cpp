#include "agent/draft_agent.hpp"

#include "agent/conversation_memory.hpp"

#include <utility>

namespace docmind {

DraftAgent::DraftAgent(Params params, Work work, ConversationParts parts, std::string session)
    : params_(params), work_(std::move(work)), parts_(parts), session_(std::move(session)) {}

Task<std::unique_ptr<AgentStream>> DraftAgent::astream_chat(ChatTurn said) {
    parts_.memory.interrupt();
    auto turn = co_await abegin_turn(&parts_.sessions, session_, std::move(said), params_.max_message_chars);
    session_ = turn.session_id;
    co_return std::make_unique<DraftStream>(work_, parts_, std::move(turn));
}

Task<AgentResponse> DraftAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

DraftStream::DraftStream(DraftAgent::Work work, ConversationParts parts, Turn turn)
    : writer_({parts, turn.session_id, turn.question_id, turn.started}),
      message_(turn.message),
      feed_(parts.background,
            [work = std::move(work), message = turn.message](DraftAgent::Tell tell) { return work(message, std::move(tell)); }) {}

DraftStream::~DraftStream() {
    if (finished_ || !draft_) return;
    writer_.stop_short();
    writer_.take(std::move(*draft_));
}

Task<std::optional<AgentEvent>> DraftStream::next() {
    while (!writer_.has_news() && !finished_) co_await step();
    co_return writer_.pull();
}

Task<> DraftStream::step() {
    auto told = co_await feed_.next();
    if (!told) {
        if (!draft_) throw Error(errc::internal, "The work ended without an answer.");
        writer_.take(std::move(*draft_));
        draft_.reset();
        co_await writer_.finish(message_);
        finished_ = true;
    } else if (auto* progress = std::get_if<AgentProgress>(&*told)) {
        writer_.tell(std::move(*progress));
    } else {
        draft_ = std::get<AgentResponse>(std::move(*told));
    }
}

}  // namespace docmind
