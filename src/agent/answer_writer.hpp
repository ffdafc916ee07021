#pragma once
// "How far has this answer come, and what of it was told?" What the streams of all agents share: the events that wait to be pulled, the
// text the reader was shown, the checks of the model's words as they come, the citations at the end, and the keeping of the answer in
// its conversation. It asks no model and searches nothing.

#include "agent/citation_checker.hpp"
#include "agent/conversation_parts.hpp"
#include "agent/support_finder.hpp"

#include <docmind/agent.hpp>
#include <docmind/error.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/event.hpp"
#include "async/scope.hpp"

namespace docmind {

class AnswerWriter {
  public:
    using Clock = std::chrono::steady_clock;
    struct Setup {
        std::optional<ConversationParts> parts;  ///< absent: nothing is kept
        std::string session_id;
        std::string question_id;  ///< the answer follows it
        Clock::time_point started;
    };

    explicit AnswerWriter(Setup setup);
    /// An answer that has begun is kept as far as it came, marked as stopped.
    ~AnswerWriter();
    AnswerWriter(const AnswerWriter&) = delete;
    AnswerWriter& operator=(const AnswerWriter&) = delete;

    void tell(AgentEvent event) { pending_.push_back(std::move(event)); }
    [[nodiscard]] bool has_news() const noexcept { return !pending_.empty(); }
    /// nullopt where nothing waits.
    [[nodiscard]] std::optional<AgentEvent> pull();
    void note(std::string text) { response_.notes.push_back(std::move(text)); }
    [[nodiscard]] AgentResponse& response() noexcept { return response_; }

    /// The model is asked now; its words may cite these sources. `boundary`: the prompt's tags, which are no text.
    void model_is_asked(std::vector<Source> given, std::string boundary);
    /// What of the model's next words may be shown: citations of no source are gone.
    [[nodiscard]] std::string check(std::string_view words) { return checker_->feed(words); }
    [[nodiscard]] std::string check_end() { return checker_->finish(); }

    /// How well what was searched fits the question; the best of several searches counts.
    void found_with(float relevance);

    /// Words of the model's: each sentence is compared with the sources as soon as it is complete.
    void show(std::string text);
    /// Words of ours, or of the documents: they claim nothing.
    void add(std::string text);
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
    /// Ends the text where it began to repeat itself; true when it did.
    bool cut_repetition();
    /// The citations are these; else they are found in the text.
    void set_citations(std::vector<Citation> citations);
    /// The answer is this: its words, citations and sentences were put together and compared elsewhere.
    void take(AgentResponse whole);
    /// The answer is not complete.
    void stop_short() noexcept { stopped_ = true; }
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    /// The answer is that the documents do not say. `close_by`: there are sources that come close.
    void refuse(bool close_by);
    /// The answer is the sources themselves, the first `most` of them. `why`: a sentence for the user.
    void quote_instead(const std::string& why, const std::vector<Source>& sources, std::string_view question, std::size_t most);

    /// Completes the citations, keeps the answer and tells the response, which is the last event.
    Task<> finish(std::string question);
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    [[nodiscard]] double milliseconds_since(Clock::time_point begin) const;

  private:
    void append(std::string text);
    void judge(bool last);
    void keep(std::string question);

    Setup setup_;
    std::deque<AgentEvent> pending_;
    AgentResponse response_;
    std::vector<Source> given_;  // what the model saw
    std::optional<CitationChecker> checker_;
    Clock::time_point asked_at_{};
    std::string shown_;
    std::size_t guarded_ = 0;                 // bytes of shown_ that were searched for repetition
    std::size_t judged_ = 0;                  // bytes of shown_ whose sentences were compared with the sources
    std::optional<SupportFinder> finder_;     // over given_
    std::vector<SentenceSupport> sentences_;  // of shown_
    std::optional<float> relevance_;
    bool stopped_ = false;
    bool citations_final_ = false;
    bool finished_ = false;

    /// What the citations of an answer are found with.
    struct Uncited {
        std::vector<Source> given;
        std::optional<float> relevance;
    };
    /// The answer on its way into its conversation.
    struct Saving {
        StoredMessage message;
        std::optional<Uncited> uncited;
        std::string question;
        Event done;
        std::string message_id;
        std::optional<Error> failure;
    };
    static void compare(Saving& saving);
    static Task<> save(std::shared_ptr<Saving> saving, ConversationParts parts, std::string session_id);
    std::shared_ptr<Saving> saving_;
};

/// Why there are no words in an answer that ended so: a model that thinks may have spent all its tokens on that.
[[nodiscard]] std::string why_no_words(const std::string& finish_reason);

/// May the passages stand in for a model that failed so?
[[nodiscard]] bool can_stand_in(errc code) noexcept;

}  // namespace docmind
