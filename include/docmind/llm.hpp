#pragma once
// "What does the model say?"

#include <docmind/task.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

enum class MessageRole { system, user, assistant };

struct ChatMessage {
    MessageRole role = MessageRole::user;
    std::string content;
};

struct ChatRequest {
    std::vector<ChatMessage> messages;
    std::optional<int> max_tokens;      ///< else the configured one
    std::optional<double> temperature;  ///< else the configured one
    Priority priority = Priority::interactive;
};

struct ChatUsage {
    int prompt_tokens = 0;
    int completion_tokens = 0;
};

struct ChatDelta {
    std::string text;           ///< valid UTF-8, may be empty
    std::string finish_reason;  ///< empty until the end: stop, length, ...
    std::optional<ChatUsage> usage;
};

struct ChatResponse {
    std::string text;
    std::string finish_reason;
    std::optional<ChatUsage> usage;
};

/// A pulled stream: the reader's pace is the backpressure; dropping it closes the connection and frees the slot.
class ChatStream {
  public:
    virtual ~ChatStream() = default;
    /// nullopt after the last delta. Errors: timeout (first token, idle), backend, unavailable.
    virtual Task<std::optional<ChatDelta>> next() = 0;
};

struct LLMMetadata {
    std::string model;       ///< empty while unknown
    std::string base_url;    ///< without credentials
    int context_window = 0;  ///< tokens; 0 while unknown
};

struct LLMStatus {
    bool ready = false;
    std::string detail;  ///< a sentence for the user
};

class LLM {
  public:
    virtual ~LLM() = default;
    /// Errors: unavailable (no connection, or no model configured), backend, timeout, overloaded (no slot and the line is full).
    virtual Task<ChatResponse> achat(ChatRequest request) = 0;
    virtual Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) = 0;
    /// Asks the backend; never throws for a backend that is away.
    virtual Task<LLMStatus> astatus() = 0;
    /// The models the backend offers.
    virtual Task<std::vector<std::string>> amodels() = 0;
    [[nodiscard]] virtual LLMMetadata metadata() const = 0;
};

}  // namespace docmind
