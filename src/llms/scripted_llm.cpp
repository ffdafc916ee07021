#include "llms/scripted_llm.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "async/deadline.hpp"
#include "net/http_message.hpp"

namespace docmind {

namespace {

// Who may speak next, and which calls still wait for their results.
class Turns {
  public:
    void take(const ChatMessage& message) {
        if (message.role == MessageRole::tool) {
            if (waiting_.erase(message.tool_call_id) == 0) throw Error(errc::backend, "A result answers no call.");
            return;
        }
        if (!waiting_.empty()) throw Error(errc::backend, "A tool call has no result.");
        const bool answers = message.role == MessageRole::assistant;
        if (answers == (last_ == MessageRole::assistant && !called_))
            throw Error(errc::backend, "User and assistant must take turns, the user first.");
        if (!answers && called_) throw Error(errc::backend, "After the results of tools it is the assistant's turn.");
        last_ = message.role;
        called_ = !message.tool_calls.empty();
        for (const ToolCall& call : message.tool_calls) {
            if (call.id.empty() || !waiting_.insert(call.id).second) throw Error(errc::backend, "A tool call needs an id of its own.");
        }
        if (called_ && !answers) throw Error(errc::backend, "Only the assistant calls tools.");
    }
    void end() const {
        if (!waiting_.empty()) throw Error(errc::backend, "A tool call has no result.");
        if (last_ == MessageRole::assistant && !called_) throw Error(errc::backend, "The last message must be the user's or a tool's.");
    }

  private:
    MessageRole last_ = MessageRole::assistant;
    bool called_ = false;
    std::set<std::string> waiting_;
};

void check(const ChatRequest& request, int context_window) {
    if (request.messages.empty()) throw Error(errc::invalid_argument, "A chat request needs a message.");
    Turns turns;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < request.messages.size(); ++i) {
        const ChatMessage& message = request.messages[i];
        bytes += message.content.size() + 12;
        for (const ToolCall& call : message.tool_calls) bytes += call.name.size() + 40;
        if (!is_valid_utf8(message.content)) throw Error(errc::backend, "A message is not UTF-8.");
        if (message.content.empty() && message.tool_calls.empty()) throw Error(errc::backend, "A message is empty.");
        if (message.role == MessageRole::system) {
            if (i != 0) throw Error(errc::backend, "The system message must be the first.");
            continue;
        }
        turns.take(message);
    }
    turns.end();
    for (const ToolMetadata& tool : request.tools) bytes += tool.name.size() + tool.description.size() + 60 * tool.parameters.size();
    // About four bytes a token, as in English.
    const auto tokens = static_cast<int>(bytes / 4) + request.max_tokens.value_or(0);
    if (tokens > context_window) throw Error(errc::backend, "The request exceeds the context window.");
    if (request.max_tokens && *request.max_tokens < 1) throw Error(errc::backend, "max_tokens must be at least 1.");
}

class ScriptedStream final : public ChatStream {
  public:
    ScriptedStream(ScriptedLLM::Reply reply, std::shared_ptr<std::size_t> open, std::shared_ptr<std::size_t> dropped)
        : reply_(std::move(reply)), open_(std::move(open)), dropped_(std::move(dropped)) {
        ++*open_;
    }
    ~ScriptedStream() override {
        if (ended_) return;
        --*open_;
        ++*dropped_;
    }

    Task<std::optional<ChatDelta>> next() override {
        if (std::exchange(reading_, true)) throw Error(errc::internal, "Two readers pull one stream, or it was pulled after a failure.");
        if (ended_) co_return std::nullopt;
        co_await sleep_for(reply_.between);
        if (at_ < reply_.tokens.size()) {
            reading_ = false;
            co_return ChatDelta{reply_.tokens[at_++], "", std::nullopt};
        }
        if (reply_.hangs) co_await sleep_for(std::chrono::hours(1));
        if (reply_.fails_after) {
            end();
            throw *reply_.fails_after;
        }
        end();
        reading_ = false;
        const int said = static_cast<int>(reply_.tokens.size());
        co_return ChatDelta{"", reply_.finish_reason, ChatUsage{100, said}, std::move(reply_.tool_calls), std::move(reply_.thought)};
    }

  private:
    void end() {
        ended_ = true;
        --*open_;
    }

    ScriptedLLM::Reply reply_;
    std::shared_ptr<std::size_t> open_, dropped_;
    std::size_t at_ = 0;
    bool ended_ = false;
    bool reading_ = false;
};

}  // namespace

void ScriptedLLM::reply(const std::string& text) {
    Reply reply;
    std::string word;
    for (const char c : text) {
        if (c == ' ' && !word.empty()) reply.tokens.push_back(std::exchange(word, {}));
        word.push_back(c);
    }
    if (!word.empty()) reply.tokens.push_back(std::move(word));
    replies_.push_back(std::move(reply));
}

void ScriptedLLM::call(std::vector<ToolCall> calls) {
    Reply reply;
    for (ToolCall& tool_call : calls) {
        if (tool_call.id.empty()) tool_call.id = "call_" + std::to_string(++calls_made_);
    }
    reply.tool_calls = std::move(calls);
    reply.finish_reason = "tool_calls";
    replies_.push_back(std::move(reply));
}

Task<std::unique_ptr<ChatStream>> ScriptedLLM::astream_chat(ChatRequest request) {
    check(request, context_window_);
    requests_.push_back(request);
    Reply reply;
    if (!replies_.empty()) {
        reply = std::move(replies_.front());
        replies_.pop_front();
    } else if (otherwise_) {
        reply = otherwise_(request);
    } else {
        throw Error(errc::internal, "The scripted model was called more often than it has replies.");
    }
    co_await sleep_for(reply.before_first);
    if (reply.refuses) throw *reply.refuses;
    co_return std::make_unique<ScriptedStream>(std::move(reply), open_, dropped_);
}

Task<std::vector<std::size_t>> ScriptedLLM::acount_tokens(std::vector<std::string> texts) {
    co_await sleep_for(before_count);
    std::vector<std::size_t> counts;
    if (tokens_per_word == 0) co_return counts;
    for (const std::string& text : texts) counts.push_back(tokens_per_word * (1 + static_cast<std::size_t>(std::ranges::count(text, ' '))));
    texts_counted += texts.size();
    co_return counts;
}

Task<ChatResponse> ScriptedLLM::achat(ChatRequest request) {
    const auto stream = co_await astream_chat(std::move(request));
    ChatResponse response;
    while (true) {
        auto delta = co_await stream->next();
        if (!delta) break;
        response.text += delta->text;
        response.thought += delta->thought;
        response.tool_calls.insert(response.tool_calls.end(), delta->tool_calls.begin(), delta->tool_calls.end());
        if (!delta->finish_reason.empty()) response.finish_reason = std::move(delta->finish_reason);
        if (delta->usage) response.usage = delta->usage;
    }
    co_return response;
}

}  // namespace docmind
