#pragma once
// "Can this model work with tools?" Chooses for each message: the agent with tools where the model passed its trial, else the one that
// retrieves first. A model that is small by its name is not tried, and one that cannot be asked now counts as one that cannot.

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace docmind {

class AutoAgent final : public Agent {
  public:
    using Make = std::function<std::unique_ptr<Agent>(std::string session)>;
    struct Params {
        std::chrono::milliseconds trial_limit{5'000};  ///< waited for; a trial that takes longer goes on beside, for the next message
    };
    /// Makes an agent for each message. `llm` outlives it.
    AutoAgent(Params params, LLM& llm, Make with_tools, Make without_tools, std::string session = {});

    Task<AgentResponse> achat(ChatTurn turn) override;
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override;
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    Params params_;
    LLM& llm_;
    Make with_tools_;
    Make without_tools_;
    std::string session_;
};

}  // namespace docmind
