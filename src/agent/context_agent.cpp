#include "agent/context_agent.hpp"

#include "agent/context_stream.hpp"
#include "agent/conversation_memory.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

ContextAgent::ContextAgent(Params params, Retriever& retriever, LLM* llm, SessionStore& sessions, ConversationMemory& memory,
                           Scope& background, std::string session, std::vector<std::string> document_ids)
    : params_(std::move(params)),
      retriever_(retriever),
      llm_(llm),
      sessions_(sessions),
      memory_(memory),
      background_(background),
      session_(std::move(session)),
      document_ids_(std::move(document_ids)) {
    if (params_.context_passages < 1) throw Error(errc::invalid_argument, "agent.context_passages must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
}

Task<std::unique_ptr<AgentStream>> ContextAgent::astream_chat(ChatTurn said) {
    memory_.interrupt();
    auto turn = co_await abegin_turn(&sessions_, session_, std::move(said), params_.max_message_chars);
    session_ = turn.session_id;
    turn.memory = co_await memory_.arecall(turn.history);
    ContextStream::Setup setup{params_, &retriever_, llm_, &sessions_, &memory_, &background_, document_ids_, std::move(turn)};
    co_return std::make_unique<ContextStream>(std::move(setup));
}

Task<AgentResponse> ContextAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
