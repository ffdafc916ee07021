#include "agent/context_agent.hpp"

#include "agent/context_stream.hpp"
#include "agent/conversation_memory.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

ContextAgent::ContextAgent(Params params, Retriever& retriever, LLM* llm, ConversationParts parts, std::string session,
                           std::vector<std::string> document_ids)
    : params_(std::move(params)),
      retriever_(retriever),
      llm_(llm),
      parts_(parts),
      session_(std::move(session)),
      document_ids_(std::move(document_ids)) {
    if (params_.context_passages < 1) throw Error(errc::invalid_argument, "agent.context_passages must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
}

Task<std::unique_ptr<AgentStream>> ContextAgent::astream_chat(ChatTurn said) {
    parts_.memory.interrupt();
    auto turn = co_await abegin_turn(&parts_.sessions, session_, std::move(said), params_.max_message_chars);
    session_ = turn.session_id;
    turn.memory = co_await parts_.memory.arecall(turn.history);
    ContextStream::Setup setup{params_, &retriever_, llm_, parts_, document_ids_, std::move(turn)};
    co_return std::make_unique<ContextStream>(std::move(setup));
}

Task<AgentResponse> ContextAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
