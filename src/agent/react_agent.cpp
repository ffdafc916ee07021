#include "agent/react_agent.hpp"

#include "agent/conversation_memory.hpp"
#include "agent/react_stream.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

ReActAgent::ReActAgent(Params params, std::shared_ptr<const ToolBox> tools, LLM& llm, ConversationParts parts, std::string session)
    : params_(std::move(params)), tools_(std::move(tools)), llm_(llm), parts_(parts), session_(std::move(session)) {
    if (!tools_ || tools_->metadata().empty()) throw Error(errc::invalid_argument, "agent.mode = react needs a tool (agent.tools).");
    if (params_.max_calls_per_step < 1 || params_.calls_at_once < 1)
        throw Error(errc::invalid_argument, "The calls of one step must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
    const StepBudget checked(params_.budget);
}

Task<std::unique_ptr<AgentStream>> ReActAgent::astream_chat(ChatTurn said) {
    parts_.memory.interrupt();
    auto turn = co_await abegin_turn(&parts_.sessions, session_, std::move(said), params_.max_message_chars);
    session_ = turn.session_id;
    turn.memory = co_await parts_.memory.arecall(turn.history);
    ReActStream::Setup setup{params_, tools_, &llm_, parts_, std::move(turn)};
    co_return std::make_unique<ReActStream>(std::move(setup));
}

Task<AgentResponse> ReActAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
