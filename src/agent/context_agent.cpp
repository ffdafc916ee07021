#include "agent/context_agent.hpp"

#include "agent/context_stream.hpp"
#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

#include "net/http_message.hpp"

namespace docmind {

namespace {

constexpr std::size_t title_bytes = 80;

std::string checked_message(std::string message, std::size_t max_chars) {
    const auto chars =
        static_cast<std::size_t>(std::ranges::count_if(message, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    if (chars > max_chars) {
        throw Error(errc::invalid_argument, "The message has " + std::to_string(chars) + " characters; at most " +
                                                std::to_string(max_chars) + " are possible. Shorten it.");
    }
    message = to_valid_utf8(std::move(message));
    std::erase(message, '\0');
    std::string trimmed(text::trim(message));
    if (trimmed.empty()) throw Error(errc::invalid_argument, "The message is empty: ask a question.");
    return trimmed;
}

// A conversation is called by its first question.
std::string title_of(std::string_view message) {
    std::string line = text::one_line(text::shorten(message, 4 * title_bytes));
    if (line.size() <= title_bytes) return line;
    std::string_view cut = text::shorten(line, title_bytes);
    const auto blank = cut.rfind(' ');
    if (blank != std::string_view::npos && blank > title_bytes / 2) cut = cut.substr(0, blank);
    return std::string(cut) + "…";
}

}  // namespace

ContextAgent::ContextAgent(Params params, Retriever& retriever, LLM* llm, SessionStore& sessions, Scope& background, std::string session,
                           std::vector<std::string> document_ids)
    : params_(std::move(params)),
      retriever_(retriever),
      llm_(llm),
      sessions_(sessions),
      background_(background),
      session_(std::move(session)),
      document_ids_(std::move(document_ids)) {
    if (params_.context_passages < 1) throw Error(errc::invalid_argument, "agent.context_passages must be at least 1.");
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "llm.max_tokens must be at least 1.");
}

Task<std::unique_ptr<AgentStream>> ContextAgent::astream_chat(std::string message) {
    const auto started = std::chrono::steady_clock::now();
    message = checked_message(std::move(message), params_.max_message_chars);
    std::vector<StoredMessage> history;
    if (session_.empty()) {
        auto created = co_await sessions_.acreate_session(title_of(message));
        session_ = std::move(created.id);
    } else {
        history = co_await sessions_.aget_messages(session_);
        if (history.empty()) {
            const auto session = co_await sessions_.aget_session(session_);
            if (session.title.empty()) co_await sessions_.arename_session(session_, title_of(message));
        }
    }
    StoredMessage asked;
    asked.role = MessageRole::user;
    asked.content = message;
    co_await sessions_.aappend_message(session_, std::move(asked));
    ContextStream::Setup setup{
        params_, &retriever_, llm_, &sessions_, &background_, session_, document_ids_, std::move(message), std::move(history), started};
    co_return std::make_unique<ContextStream>(std::move(setup));
}

Task<AgentResponse> ContextAgent::achat(std::string message) {
    const auto stream = co_await astream_chat(std::move(message));
    std::optional<AgentResponse> response;
    while (true) {
        auto event = co_await stream->next();
        if (!event) break;
        if (auto* last = std::get_if<AgentResponse>(&*event)) response = std::move(*last);
    }
    if (!response) throw Error(errc::internal, "The answer ended without a response.");
    co_return std::move(*response);
}

}  // namespace docmind
