#pragma once
// "What of the conversation does the model still read?" The last turns that fit a token budget, and the summary of what fell out before
// them. Decides, and does nothing: ConversationMemory counts tokens and has summaries written, SessionStore keeps all.

#include <docmind/memory.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace docmind {

struct RememberedTurn {
    ChatMessage message;
    std::size_t tokens = 0;  ///< in the prompt, its frame included
};

/// What of a conversation goes into a prompt.
struct ChatMemory {
    std::string summary;  ///< of what is older than the turns; empty: all is there, or nobody wrote one
    std::size_t summary_tokens = 0;
    std::vector<RememberedTurn> turns;  ///< oldest first; begins with a question, ends with an answer or a question
};

class ChatMemoryBuffer {
  public:
    struct Params {
        std::size_t token_limit = 1024;
        std::size_t max_message_bytes = 2000;  ///< longer messages are shortened at a character's end
        double summary_share = 0.25;           ///< of the limit, for the summary where there is one
    };
    /// A part of a history: [begin, end).
    struct Span {
        std::size_t begin = 0, end = 0;
        [[nodiscard]] bool empty() const noexcept { return begin >= end; }
    };
    /// Errors: invalid_argument (a share outside 0..1).
    explicit ChatMemoryBuffer(Params params);

    /// As it would be read: this is what is to be counted.
    [[nodiscard]] std::string text_of(const StoredMessage& message) const;
    /// The most tokens a summary may have.
    [[nodiscard]] std::size_t summary_limit() const noexcept;
    /// `tokens`: of each message's text. Begins with a question: an answer without its question is left out. The summary is the newest of
    /// the path; it may cover turns that are still there.
    [[nodiscard]] ChatMemory get(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens) const;
    /// The messages that a new summary should add to the newest one, as whole turns, `most_tokens` together; empty while all that is not
    /// summed up fits. So many are taken that half of the budget is free afterwards: not every turn costs a call of the model.
    [[nodiscard]] Span to_summarize(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens,
                                    std::size_t most_tokens) const;

  private:
    [[nodiscard]] std::size_t cost(const StoredMessage& message, std::size_t tokens) const noexcept;
    /// The first of the last messages that have `budget` tokens together, a question; the size of the history where none fits.
    [[nodiscard]] std::size_t first_within(const std::vector<StoredMessage>& history, const std::vector<std::size_t>& tokens,
                                           std::size_t budget) const;

    Params params_;
};

}  // namespace docmind
