#include "llms/scripted_llm.hpp"

#include <utility>

#include "async/deadline.hpp"
#include "net/http_message.hpp"

namespace docmind {

namespace {

void check(const ChatRequest& request, int context_window) {
    if (request.messages.empty()) throw Error(errc::invalid_argument, "A chat request needs a message.");
    if (request.messages.back().role != MessageRole::user) throw Error(errc::backend, "The last message must be the user's.");
    MessageRole wanted = MessageRole::user;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < request.messages.size(); ++i) {
        const ChatMessage& message = request.messages[i];
        bytes += message.content.size() + 12;
        if (!is_valid_utf8(message.content)) throw Error(errc::backend, "A message is not UTF-8.");
        if (message.content.empty()) throw Error(errc::backend, "A message is empty.");
        if (message.role == MessageRole::system) {
            if (i != 0) throw Error(errc::backend, "The system message must be the first.");
            continue;
        }
        if (message.role != wanted) throw Error(errc::backend, "User and assistant must take turns, the user first.");
        wanted = wanted == MessageRole::user ? MessageRole::assistant : MessageRole::user;
    }
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
        co_return ChatDelta{"", reply_.finish_reason, ChatUsage{100, said}};
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

Task<ChatResponse> ScriptedLLM::achat(ChatRequest request) {
    const auto stream = co_await astream_chat(std::move(request));
    ChatResponse response;
    while (true) {
        auto delta = co_await stream->next();
        if (!delta) break;
        response.text += delta->text;
        if (!delta->finish_reason.empty()) response.finish_reason = std::move(delta->finish_reason);
        if (delta->usage) response.usage = delta->usage;
    }
    co_return response;
}

}  // namespace docmind
