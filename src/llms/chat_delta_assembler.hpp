#pragma once
// "What did the server say in this event?" Turns the data of server-sent events of /v1/chat/completions into ChatDeltas.
// Fed with strings: knows no socket and no time. Only content, finish_reason, usage, error and, where tools were offered, tool_calls are
// read; reasoning and every other member are dropped, so that a hostile server can pass nothing else on.

#include "llms/json_steps.hpp"
#include "llms/react_text.hpp"
#include "llms/spoken_tool_calls.hpp"
#include "llms/think_filter.hpp"
#include "llms/tool_call_assembler.hpp"
#include "llms/utf8_joiner.hpp"

#include <docmind/llm.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace docmind {

class ChatDeltaAssembler {
  public:
    struct Params {
        std::size_t max_answer_bytes = 1 << 20;
        std::vector<ToolMetadata> tools = {};    ///< that were offered
        ToolCalling form = ToolCalling::native;  ///< how they were
    };
    ChatDeltaAssembler() : ChatDeltaAssembler(Params{}) {}
    explicit ChatDeltaAssembler(Params params);

    /// The data of one event. nullopt where it adds nothing. Errors: backend (nonsense, an error object, an endless answer).
    [[nodiscard]] std::optional<ChatDelta> feed(std::string_view data);
    /// What is left when the stream has ended; nullopt where that is nothing.
    [[nodiscard]] std::optional<ChatDelta> finish();

    /// [DONE] came: nothing of interest follows.
    [[nodiscard]] bool done() const noexcept { return done_; }
    /// The server said how the answer ended, or [DONE]: the text is whole even if the connection breaks now.
    [[nodiscard]] bool complete() const noexcept { return done_ || finished_; }

  private:
    Params params_;
    Utf8Joiner utf8_;
    ThinkFilter think_;
    std::size_t bytes_ = 0;
    bool finished_ = false;
    bool done_ = false;
    bool ended_ = false;
    ToolCallAssembler calls_;
    // What reads the text where tools were offered; a plain answer has nothing to read.
    std::variant<std::monostate, ReactTextParser, JsonStepParser, SpokenToolCalls> reader_;

    [[nodiscard]] std::string told(std::string text);
    void end(ChatDelta& delta);
};

/// The answer in the body of a request without streaming. Errors: backend.
[[nodiscard]] ChatResponse parse_chat_response(std::string_view body, ChatDeltaAssembler::Params params = {});

/// What an error body says, as one line of at most 300 bytes; empty where it says nothing readable.
[[nodiscard]] std::string parse_error_body(std::string_view body);

}  // namespace docmind
