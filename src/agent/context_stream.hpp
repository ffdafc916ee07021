#pragma once
// One answer of ContextAgent, pulled step by step. Each call of next() does the work up to the next thing worth telling.

#include "agent/citation_checker.hpp"
#include "agent/context_agent.hpp"
#include "agent/sentence_gate.hpp"

#include <docmind/agent.hpp>
#include <docmind/error.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/event.hpp"

namespace docmind {

class ContextStream final : public AgentStream {
  public:
    using Clock = std::chrono::steady_clock;
    struct Setup {
        ContextAgent::Params params;
        Retriever* retriever = nullptr;
        LLM* llm = nullptr;
        SessionStore* sessions = nullptr;  ///< null: nothing is kept
        Scope* background = nullptr;       ///< where it is kept
        std::string session_id;
        std::vector<std::string> document_ids;
        std::string message;
        std::vector<StoredMessage> history;  ///< before the message
        Clock::time_point started;
    };

    explicit ContextStream(Setup setup);
    /// An answer that has begun is kept as far as it came, marked as stopped.
    ~ContextStream() override;
    ContextStream(const ContextStream&) = delete;
    ContextStream& operator=(const ContextStream&) = delete;

    Task<std::optional<AgentEvent>> next() override;

  private:
    enum class Phase { question, passages, model, reading, finish, done };

    Task<> step();
    Task<> find_question();
    Task<> find_passages();
    Task<> ask_model();
    Task<> read_model();
    Task<> finish();

    void refuse();
    void quote_instead(const std::string& why);
    void take(const ChatDelta& delta);
    void end_reading(bool whole);
    void guard_against_repetition();
    void show(std::string text);
    void complete_citations();
    void note(std::string text) { response_.notes.push_back(std::move(text)); }
    void keep_answer(std::string content, std::vector<Citation> citations, bool stopped);
    [[nodiscard]] double milliseconds_since(Clock::time_point begin) const;

    Setup setup_;
    Phase phase_ = Phase::question;
    std::deque<AgentEvent> pending_;
    AgentResponse response_;

    PromptStyle style_ = PromptStyle::full;
    std::string question_;  // of the message, standing alone
    std::vector<Source> sources_;
    std::size_t given_ = 0;  // sources the model sees
    std::unique_ptr<ChatStream> model_;
    Clock::time_point asked_at_{};
    std::optional<CitationChecker> checker_;
    std::optional<SentenceGate> gate_;
    std::string shown_;
    std::size_t guarded_ = 0;  // bytes of shown_ that were searched for repetition
    std::string finish_reason_;
    bool stopped_ = false;
    bool citations_final_ = false;

    struct Saving {
        Event done;
        std::optional<Error> failure;
    };
    static Task<> save(std::shared_ptr<Saving> saving, SessionStore* sessions, std::string session_id, StoredMessage message);
    std::shared_ptr<Saving> saving_;
};

}  // namespace docmind
