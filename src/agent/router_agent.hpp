#pragma once
// "Which agent is this message for?" An order to compare or to summarise documents is carried out as such, a question with several parts
// may be answered part by part, all else goes to the agent that answers questions. Decided by the message's form, without a model: so it
// holds for every model, and nothing that stands in a document has a say in it.

#include "agent/library_tools.hpp"

#include <docmind/agent.hpp>
#include <docmind/document_store.hpp>
#include <docmind/memory.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class RouterAgent final : public Agent {
  public:
    /// The agents it chooses from, each made for one message of this conversation.
    struct Makers {
        std::function<std::unique_ptr<Agent>(std::string session)> questions;
        std::function<std::unique_ptr<Agent>(std::string session, std::vector<std::string> document_ids, std::vector<std::string> aspects)>
            comparison;
        std::function<std::unique_ptr<Agent>(std::string session, std::string document_id)> summary;
        std::function<std::unique_ptr<Agent>(std::string session)> parts;  ///< empty: questions are not taken apart
    };

    /// `scope`: the documents of the conversation; orders reach no others. What it refers to outlives the agent.
    RouterAgent(LibraryScope scope, Makers makers, SessionStore& sessions, std::string session = {});

    Task<AgentResponse> achat(ChatTurn turn) override;
    Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) override;
    [[nodiscard]] std::string session_id() const override { return session_; }

  private:
    Task<std::unique_ptr<Agent>> choose(std::string message);
    /// What is asked, also where an earlier question is answered again.
    Task<std::string> message_of(ChatTurn turn);

    LibraryScope scope_;
    Makers makers_;
    SessionStore& sessions_;
    std::string session_;
};

}  // namespace docmind
