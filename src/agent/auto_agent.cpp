#include "agent/auto_agent.hpp"

#include "agent/answer_writer.hpp"
#include "agent/prompt.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

#include "async/deadline.hpp"

namespace docmind {

namespace {

Task<bool> can_use_tools(LLM* llm, std::chrono::milliseconds limit) {
    if (style_for(llm->metadata().model) == PromptStyle::small) co_return false;
    try {
        const auto calling = co_await with_deadline(llm->atool_calling(), limit);
        // What the server calls its model may be known only now.
        co_return calling != ToolCalling::none&& style_for(llm->metadata().model) != PromptStyle::small;
    } catch (const Error& error) {
        if (!can_stand_in(error.code())) throw;
        co_return false;
    }
}

}  // namespace

AutoAgent::AutoAgent(Params params, LLM& llm, Make with_tools, Make without_tools, std::string session)
    : params_(params),
      llm_(llm),
      with_tools_(std::move(with_tools)),
      without_tools_(std::move(without_tools)),
      session_(std::move(session)) {}

Task<std::unique_ptr<AgentStream>> AutoAgent::astream_chat(ChatTurn turn) {
    const bool tools = co_await can_use_tools(&llm_, params_.trial_limit);
    const auto agent = tools ? with_tools_(session_) : without_tools_(session_);
    auto stream = co_await agent->astream_chat(std::move(turn));
    session_ = agent->session_id();
    co_return stream;
}

Task<AgentResponse> AutoAgent::achat(ChatTurn turn) {
    auto stream = co_await astream_chat(std::move(turn));
    auto response = co_await alast_response(std::move(stream));
    co_return response;
}

}  // namespace docmind
