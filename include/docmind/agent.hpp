#pragma once
// "Answer with citations."

#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace docmind {

/// A passage handed to the model under this number.
struct Source {
    int n = 0;
    NodeWithScore passage;
};

struct AgentResponse {
    std::string answer;  ///< Markdown; [n] refers to citations
    std::vector<Citation> citations;
    TextRanges matches;  ///< the words in the answer's block quotations that the question has too; see Citation::matches
    std::vector<SentenceSupport> sentences;  ///< in the order of the answer; quotations and code are none
    /// 0..1, the root of relevance × support. Relevance: RetrievalResult::relevance, 1 where nothing was searched. Support: the mean over
    /// `sentences` of their support, 0 for one that is not supported; 1 where the answer is quotations alone. Absent where the documents
    /// do not say, or the answer is not complete.
    std::optional<double> confidence;
    bool degraded = false;           ///< no usable language model: the answer is the best passages
    bool found = true;               ///< false: the documents do not say
    std::vector<std::string> notes;  ///< what could not be done, in words
    std::optional<ChatUsage> usage;
    std::map<std::string, double> timings_ms;  ///< embed, dense, sparse, fuse, rerank, first_token, total
    std::string session_id;
    std::string question_id, message_id;  ///< of the question and of this answer in the session; empty where they were not kept
};

/// What is said to an agent, and where in its conversation.
struct ChatTurn {
    ChatTurn(std::string text) : message(std::move(text)) {}
    ChatTurn(const char* text) : message(text) {}
    /// A question of the conversation is answered once more; the new answer stands beside the former ones.
    [[nodiscard]] static ChatTurn again(std::string question_id) {
        ChatTurn turn("");
        turn.question_id = std::move(question_id);
        return turn;
    }

    std::string message;
    /// The message it follows (StoredMessage::parent_id): with the parent of an earlier question it is asked in that one's place, beside
    /// it. Empty: it begins the conversation. Absent: it follows the last message of the active path.
    std::optional<std::string> parent_id;
    std::string question_id;  ///< see again()
};

struct AgentStep {
    std::string kind;  ///< thought, tool or query
    std::string text;
};
/// How far work has come that takes long: comparing documents, summarising one.
struct AgentProgress {
    std::size_t done = 0, of = 0;  ///< calls; `of` 0 while it is not known
    std::string text;              ///< what was done last, in words
};
struct AgentSources {
    std::vector<Source> sources;
};
struct AgentToken {
    std::string text;
};
/// A sentence of the tokens so far is complete; its offsets count the bytes of all tokens.
struct AgentSentence {
    SentenceSupport sentence;
};
/// What an answer consists of while it comes into being; AgentResponse is the last.
using AgentEvent = std::variant<AgentStep, AgentProgress, AgentSources, AgentToken, AgentSentence, AgentResponse>;

/// A pulled stream. Dropping it before its end cancels all work behind it and keeps the partial answer, marked as stopped.
class AgentStream {
  public:
    virtual ~AgentStream() = default;
    virtual Task<std::optional<AgentEvent>> next() = 0;
};

/// One conversation over the documents.
class Agent {
  public:
    virtual ~Agent() = default;
    /// Errors: invalid_argument (empty or too long a message; a parent that is not there), not_found (the session; the question that is
    /// to be answered again), storage, overloaded.
    virtual Task<AgentResponse> achat(ChatTurn turn) = 0;
    virtual Task<std::unique_ptr<AgentStream>> astream_chat(ChatTurn turn) = 0;
    [[nodiscard]] virtual std::string session_id() const = 0;
};

}  // namespace docmind
