#pragma once
// "What does the model say?"

#include <docmind/task.hpp>
#include <docmind/tool.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

enum class MessageRole { system, user, assistant, tool };

/// A model's wish to call a tool.
struct ToolCall {
    std::string id;  ///< may be empty where the backend gives none
    std::string name;
    ToolArguments arguments;
    std::string problem = {};  ///< why the arguments could not be read, in words for the model; empty: they could
};

struct ChatMessage {
    MessageRole role = MessageRole::user;
    std::string content;
    std::vector<ToolCall> tool_calls = {};  ///< of an assistant; each is answered by a message of the role tool that follows
    std::string tool_call_id = {};          ///< of a message of the role tool: which call it answers
};

enum class ToolChoice {
    automatic,  ///< the model calls tools or answers
    none,       ///< it answers
};

struct ChatRequest {
    std::vector<ChatMessage> messages;
    std::optional<int> max_tokens;      ///< else the configured one
    std::optional<double> temperature;  ///< else the configured one
    Priority priority = Priority::interactive;
    std::vector<ToolMetadata> tools = {};
    ToolChoice tool_choice = ToolChoice::automatic;
};

struct ChatUsage {
    int prompt_tokens = 0;
    int completion_tokens = 0;
};

struct ChatDelta {
    std::string text;           ///< valid UTF-8, may be empty
    std::string finish_reason;  ///< empty until the end: stop, length, ...
    std::optional<ChatUsage> usage;
    std::vector<ToolCall> tool_calls = {};  ///< whole ones, at the end
    std::string thought = {};  ///< what the model said of its plan, where the form of its answer tells that apart; never the answer
};

struct ChatResponse {
    std::string text;
    std::string finish_reason;
    std::optional<ChatUsage> usage;
    std::vector<ToolCall> tool_calls = {};
    std::string thought = {};
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

/// How well a model can call tools.
enum class ToolCalling {
    none,         ///< it cannot
    text,         ///< it keeps to a form of words (ReAct: Thought, Action, Action Input, Observation, Answer)
    constrained,  ///< the backend holds its words to a JSON Schema
    native,       ///< the backend has it as part of its interface
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
    /// Tries it with one to three short questions; the result is kept for this backend and model. A request with tools works whatever it
    /// is: where it is not native, the tools are put into words. Errors: those of achat, except backend.
    virtual Task<ToolCalling> atool_calling() = 0;
    /// How many of the model's tokens each text has, in order, by the backend's own tokenizer; empty where it has none or does not answer.
    virtual Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) = 0;
    [[nodiscard]] virtual LLMMetadata metadata() const = 0;
};

}  // namespace docmind
