#pragma once
// "What was said before?" Durable conversations.

#include <docmind/llm.hpp>
#include <docmind/task.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// A checked reference: `quote` stands word for word on that page.
struct Citation {
    int n = 0;  ///< the number in the answer's text
    std::string document_id;
    std::string name;
    int page = 1;
    std::string node_id;
    std::string quote;
    std::uint32_t begin = 0, end = 0;  ///< where the quote stands: byte offsets in the page's text; both 0 where that is not known
};

/// Why a sentence of an answer counts as not supported.
enum class SupportProblem {
    none,
    words,    ///< no passage says this in words like these
    numbers,  ///< the passage that comes closest has other numbers, or has them for other things
    names,    ///< the same with names
    opposite  ///< the passage that comes closest says the opposite
};
[[nodiscard]] std::string_view to_string(SupportProblem problem) noexcept;
[[nodiscard]] SupportProblem support_problem(std::string_view name) noexcept;

/// One sentence of an answer that claims something, and the words of a page it rests on: found by comparing texts, whatever number the
/// model wrote behind it.
struct SentenceSupport {
    std::uint32_t begin = 0, end = 0;  ///< byte offsets in the answer
    SupportProblem problem = SupportProblem::words;
    double support = 0;  ///< 0..1: the share of its meaningful words that stand in the words below
    int n = 0;           ///< the number of the passage that comes closest; 0: none does
    int page = 1;
    std::uint32_t page_begin = 0, page_end = 0;  ///< byte offsets in that page's text
    [[nodiscard]] bool supported() const noexcept { return problem == SupportProblem::none; }
};

struct SessionRecord {
    std::string id;
    std::string title;
    std::string created_at, updated_at;  ///< RFC 3339 UTC
    int messages = 0;
};

struct StoredMessage {
    std::string id;
    MessageRole role = MessageRole::user;
    std::string content;
    std::vector<Citation> citations;
    bool stopped = false;  ///< the answer was cut short by the user or a failure
    std::string created_at;
    std::vector<SentenceSupport> sentences = {};  ///< of an answer
    std::optional<double> confidence = {};        ///< AgentResponse::confidence
};

class SessionStore {
  public:
    virtual ~SessionStore() = default;
    virtual Task<SessionRecord> acreate_session(std::string title) = 0;
    /// A session and its first message at once: both are durable when it returns, or neither is there. The message's id and created_at
    /// are given by the store.
    virtual Task<SessionRecord> abegin_session(std::string title, StoredMessage first) = 0;
    /// Errors: not_found.
    virtual Task<SessionRecord> aget_session(std::string id) = 0;
    /// Newest first.
    virtual Task<std::vector<SessionRecord>> alist_sessions() = 0;
    virtual Task<> arename_session(std::string id, std::string title) = 0;
    virtual Task<> aremove_session(std::string id) = 0;
    /// Durable when it returns; id and created_at are given by the store. Errors: not_found (the session).
    virtual Task<StoredMessage> aappend_message(std::string session_id, StoredMessage message) = 0;
    virtual Task<std::vector<StoredMessage>> aget_messages(std::string session_id) = 0;
    /// Removes this message and all after it. Errors: not_found.
    virtual Task<> atruncate_from(std::string session_id, std::string message_id) = 0;
};

}  // namespace docmind
