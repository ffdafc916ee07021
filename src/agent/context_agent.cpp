#include "agent/context_agent.hpp"

#include "agent/context_stream.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

ContextAgent::ContextAgent(Params params, Retriever& retriever, LLM* llm, SessionStore& sessions, Scope& background, std::string session,
                           std::vector<std::string> document_ids)
    : params_(std::move(params)),
      retriever_(retriever),
      llm_(llm),
      sessions_(sessions),
      background_(background),
      session_(std::move(session)),
      document_ids_(std::move(document_ids)) {
    if (params_.context_passages < 1) throw Error(errc::invalid_argument, "agent.context_passages must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
}

Task<std::unique_ptr<AgentStream>> ContextAgent::astream_chat(std::string message) {
    auto turn = co_await abegin_turn(&sessions_, session_, std::move(message), params_.max_message_chars);
    session_ = turn.session_id;
    ContextStream::Setup setup{params_, &retriever_, llm_, &sessions_, &background_, document_ids_, std::move(turn)};
    co_return std::make_unique<ContextStream>(std::move(setup));
}

Task<AgentResponse> ContextAgent::achat(std::string message) {
    auto stream = co_await astream_chat(std::move(message));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
