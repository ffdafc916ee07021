#include "agent/react_agent.hpp"

#include "agent/react_stream.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

ReActAgent::ReActAgent(Params params, std::shared_ptr<const ToolBox> tools, LLM& llm, SessionStore& sessions, Scope& background,
                       std::string session)
    : params_(std::move(params)),
      tools_(std::move(tools)),
      llm_(llm),
      sessions_(sessions),
      background_(background),
      session_(std::move(session)) {
    if (!tools_ || tools_->metadata().empty()) throw Error(errc::invalid_argument, "agent.mode = react needs a tool (agent.tools).");
    if (params_.max_calls_per_step < 1 || params_.calls_at_once < 1)
        throw Error(errc::invalid_argument, "The calls of one step must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
    const StepBudget checked(params_.budget);
}

Task<std::unique_ptr<AgentStream>> ReActAgent::astream_chat(std::string message) {
    auto turn = co_await abegin_turn(&sessions_, session_, std::move(message), params_.max_message_chars);
    session_ = turn.session_id;
    ReActStream::Setup setup{params_, tools_, &llm_, &sessions_, &background_, std::move(turn)};
    co_return std::make_unique<ReActStream>(std::move(setup));
}

Task<AgentResponse> ReActAgent::achat(std::string message) {
    auto stream = co_await astream_chat(std::move(message));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
