#pragma once
// "What was said before?" Durable conversations.

#include <docmind/llm.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

/// [begin, end) of words in a text, in bytes of its UTF-8, ascending, not overlapping.
using TextRanges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// A checked reference: `quote` stands word for word on that page.
struct Citation {
    int n = 0;  ///< the number in the answer's text
    std::string document_id;
    std::string name;
    int page = 1;
    std::string node_id;
    std::string quote;
    std::uint32_t begin = 0, end = 0;  ///< where the quote stands: byte offsets in the page's text; both 0 where that is not known
    TextRanges matches = {};  ///< the words of `quote` that the question has too, as the search compares words (stems, no stop words)
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
    int messages = 0;                    ///< of all branches
};

/// A conversation is a tree: a question that is asked again in other words, and an answer that is given again, stand beside the former
/// one. Of the messages that follow the same one (its siblings) one is chosen; those make up the active path, which is what is read,
/// answered and exported.
struct StoredMessage {
    std::string id;
    MessageRole role = MessageRole::user;
    std::string content;
    std::vector<Citation> citations;
    bool stopped = false;  ///< the answer was cut short by the user or a failure
    std::string created_at;
    std::vector<SentenceSupport> sentences = {};  ///< of an answer
    std::optional<double> confidence = {};        ///< AgentResponse::confidence
    /// AgentResponse::matches. Not stored, as those of its citations: found again for who shows them.
    TextRanges matches = {};
    /// Which message it follows; empty: none, it begins the conversation. Absent in one that is to be appended: the last of the active
    /// path.
    std::optional<std::string> parent_id = {};
    std::vector<std::string> siblings = {};  ///< ids of all messages that follow the same one, the oldest first; its own is among them
    std::string summary = {};                ///< of the conversation up to and including this message; empty: nobody wrote one
};

/// A conversation in which words were found.
struct SessionMatch {
    SessionRecord session;
    std::string message_id;  ///< where they stand, in whichever branch; empty: only in the title
    MessageRole role = MessageRole::user;
    std::string excerpt;  ///< of that message, or the title; valid UTF-8
    TextRanges matches;   ///< the words, in the excerpt
};

class SessionStore {
  public:
    virtual ~SessionStore() = default;
    virtual Task<SessionRecord> acreate_session(std::string title) = 0;
    /// A session and its first message at once: both are durable when it returns, or neither is there. The message's id and created_at
    /// are given by the store; the second is the message as it is stored.
    virtual Task<std::pair<SessionRecord, StoredMessage>> abegin_session(std::string title, StoredMessage first) = 0;
    /// Errors: not_found.
    virtual Task<SessionRecord> aget_session(std::string id) = 0;
    /// Newest first.
    virtual Task<std::vector<SessionRecord>> alist_sessions() = 0;
    /// The conversations that have all words of `query`, the last one as a beginning, in the title or in one message of any branch; no
    /// text is a syntax error. Those whose title has them come first, then the best. At most `limit`.
    virtual Task<std::vector<SessionMatch>> asearch_sessions(std::string query, std::size_t limit) = 0;
    /// Errors: not_found.
    virtual Task<> arename_session(std::string id, std::string title) = 0;
    /// Nothing shows it any more; it can be restored for a time that the store was given, then it is gone. Errors: not_found.
    virtual Task<> aremove_session(std::string id) = 0;
    /// Undoes aremove_session. Errors: not_found (it never was, or its time is over).
    virtual Task<SessionRecord> arestore_session(std::string id) = 0;
    /// Durable when it returns; id and created_at are given by the store. It is chosen among its siblings; a question makes its whole path
    /// the active one. Errors: not_found (the session), invalid_argument (parent_id names no message of it).
    virtual Task<StoredMessage> aappend_message(std::string session_id, StoredMessage message) = 0;
    /// The active path, from the beginning. Errors: not_found (the session).
    virtual Task<std::vector<StoredMessage>> aget_messages(std::string session_id) = 0;
    /// The path that leads to this message, which is its last. Errors: not_found.
    virtual Task<std::vector<StoredMessage>> aget_path(std::string session_id, std::string message_id) = 0;
    /// The messages of all branches, as they were written. Errors: not_found (the session).
    virtual Task<std::vector<StoredMessage>> aget_all_messages(std::string session_id) = 0;
    /// The active path leads through this message, and on as it last did from there. Errors: not_found.
    virtual Task<> achoose_branch(std::string session_id, std::string message_id) = 0;
    /// Sets StoredMessage::summary. A message that is gone is no error.
    virtual Task<> aset_summary(std::string message_id, std::string summary) = 0;
};

}  // namespace docmind
