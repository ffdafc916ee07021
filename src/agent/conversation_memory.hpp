#pragma once
// "What does the model remember of this conversation?" ChatMemoryBuffer with the model's own counter and summaries. A summary is written
// after an answer, in the background, and kept with the message it reaches to, so that every branch that goes through that message has
// it; the next one goes on from there. A question that comes meanwhile takes the model away from it at once. Where the model cannot
// count, tokens are estimated; where it writes no usable summary, what fell out is forgotten.

#include "agent/chat_memory_buffer.hpp"

#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/scope.hpp"

namespace docmind {

class ConversationMemory {
  public:
    struct Params {
        ChatMemoryBuffer::Params buffer;
        bool summarize = true;
        bool ask_model = true;                            ///< false: tokens are estimated, and nothing is summed up
        int context_window = 4096;                        ///< where the model does not say
        std::size_t max_rounds = 8;                       ///< summaries in a row, where a long conversation has none yet
        std::size_t max_counts = 4096;                    ///< messages whose tokens are remembered
        std::chrono::milliseconds count_limit{500};       ///< then tokens are estimated
        std::chrono::milliseconds count_pause{60'000};    ///< so long, where the model could not count
        std::chrono::milliseconds summary_limit{60'000};  ///< for one summary
    };

    /// `llm` may be null: tokens are estimated, and nothing is summed up. Both outlive it. Errors: invalid_argument.
    ConversationMemory(Params params, LLM* llm, SessionStore& sessions, Executor executor);

    /// From the next question on. Errors: invalid_argument.
    void set(Params params);

    /// Of a conversation that fits by the estimate, nothing is asked.
    Task<ChatMemory> arecall(std::vector<StoredMessage> history);
    /// Somebody waits for the model: a summary that is being written is given up. Whose it was gets it after the next answer.
    void interrupt();
    /// An answer has been stored: what its conversation no longer shows the model is summed up, unless another summary is being written.
    void answered(std::string session_id, std::string message_id);
    /// Is a summary being written?
    [[nodiscard]] bool busy() const noexcept;
    /// Gives up what is under way and waits for its end.
    Task<> close();

  private:
    using Clock = std::chrono::steady_clock;
    Task<std::vector<std::size_t>> count(std::vector<StoredMessage> history);
    Task<> sum_up(std::string session_id, std::string message_id);
    /// True where there may be more to sum up.
    Task<bool> sum_up_once(std::vector<StoredMessage>* history);
    [[nodiscard]] bool reads_conversations() const;
    /// By the estimate, which is on the safe side: then all is remembered, and nothing need be counted.
    [[nodiscard]] bool fits(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens) const;
    [[nodiscard]] std::vector<std::size_t> estimate(const std::vector<StoredMessage>& history) const;

    Params params_;
    ChatMemoryBuffer buffer_;
    LLM* llm_;
    SessionStore& sessions_;
    Executor executor_;
    std::map<std::string, std::size_t> counts_;  // by message, of counted_model_
    std::string counted_model_;
    Clock::time_point count_again_{};
    bool closed_ = false;
    std::list<std::unique_ptr<Scope>> work_;  // the last member: one for each summary, those given up included until they have ended
};

}  // namespace docmind
