#pragma once
// A language model that says what a test tells it to, one reply a call, in order. As strict as a real one: it refuses an empty request,
// roles out of order, tool calls without their results, text that is not UTF-8, a prompt over its context window, and two readers of one
// stream; and it counts what is still open, so that a test sees what was not let go.

#include <docmind/llm.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <docmind/error.hpp>

namespace docmind {

class ScriptedLLM final : public LLM {
  public:
    struct Reply {
        std::vector<std::string> tokens;
        std::string finish_reason = "stop";
        std::chrono::milliseconds before_first{0};  ///< until the stream is opened
        std::chrono::milliseconds between{0};       ///< before each token
        std::optional<Error> refuses = {};          ///< instead of a stream
        std::optional<Error> fails_after = {};      ///< after the tokens, instead of the end
        bool hangs = false;                         ///< after the tokens, until it is cancelled
        std::vector<ToolCall> tool_calls = {};      ///< with the end
        std::string thought = {};                   ///< with the end
    };

    explicit ScriptedLLM(int context_window = 4096) : context_window_(context_window) {}

    /// The answer to the next call that has none yet.
    void reply(Reply reply) { replies_.push_back(std::move(reply)); }
    /// The same, as one text cut into words.
    void reply(const std::string& text);
    /// The same, with no text but these calls; ids are given to those that have none.
    void call(std::vector<ToolCall> calls);
    /// For every call beyond the replies; without it such a call fails with errc::internal.
    void otherwise(std::function<Reply(const ChatRequest&)> answer) { otherwise_ = std::move(answer); }

    Task<ChatResponse> achat(ChatRequest request) override;
    Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) override;
    Task<LLMStatus> astatus() override { co_return LLMStatus{true, "The scripted model."}; }
    Task<std::vector<std::string>> amodels() override { co_return std::vector<std::string>{"scripted"}; }
    Task<ToolCalling> atool_calling() override {
        if (calling_fails) throw *calling_fails;
        co_return calling;
    }
    /// Tokens of tokens_per_word for each blank and the text's end; nothing where that is 0.
    Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) override;
    [[nodiscard]] LLMMetadata metadata() const override { return {model, "http://scripted.invalid/v1", context_window_}; }

    std::string model = "scripted";
    ToolCalling calling = ToolCalling::native;
    std::optional<Error> calling_fails;
    std::size_t tokens_per_word = 0;
    std::chrono::milliseconds before_count{0};
    std::size_t texts_counted = 0;

    /// Every request, in order.
    [[nodiscard]] const std::vector<ChatRequest>& requests() const noexcept { return requests_; }
    /// Streams that were opened and neither read to their end nor dropped.
    [[nodiscard]] std::size_t open_streams() const noexcept { return *open_; }
    /// Streams that were dropped before their end.
    [[nodiscard]] std::size_t dropped_streams() const noexcept { return *dropped_; }

  private:
    int context_window_;
    std::deque<Reply> replies_;
    std::size_t calls_made_ = 0;
    std::function<Reply(const ChatRequest&)> otherwise_;
    std::vector<ChatRequest> requests_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
    std::shared_ptr<std::size_t> dropped_ = std::make_shared<std::size_t>(0);
};

}  // namespace docmind
