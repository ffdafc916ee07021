#include "llms/openai_stream.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "async/deadline.hpp"
#include "llms/chat_delta_assembler.hpp"
#include "llms/openai_protocol.hpp"
#include "net/sse_parser.hpp"

namespace docmind::detail {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t max_line_bytes = 1 << 20;
constexpr std::size_t max_body_bytes = 4 << 20;
constexpr std::size_t max_stream_bytes = 64 << 20;  // an answer is at most 1 MiB; the rest is wrapping
constexpr milliseconds window_limit{500};           // for the window of a model that has just been loaded
constexpr milliseconds tail_limit{500};             // for the usage and [DONE], once the answer is whole

// The deltas of one answer, pulled from the connection as they are asked for.
class OpenAIStream final : public ChatStream {
  public:
    OpenAIStream(std::shared_ptr<OpenAIBackend> backend, std::shared_ptr<BackendSlot> slot, OpenedChat chat,
                 ChatDeltaAssembler::Params form, Clock::time_point first_token)
        : backend_(std::move(backend)),
          slot_(std::move(slot)),
          response_(std::move(chat.response)),
          attempt_(std::move(chat.attempt)),
          idle_deadline_(first_token),
          parser_(SseParser::Params{.max_line_bytes = max_line_bytes, .max_event_bytes = max_line_bytes}),
          form_(std::move(form)),
          assembler_(form_),
          is_events_(media_type_of(response_->headers().value("Content-Type")) != "application/json") {}

    Task<std::optional<ChatDelta>> next() override {
        while (ready_.empty() && response_) {
            const auto limit = assembler_.complete() ? Clock::duration(tail_limit)
                                                     : std::max<Clock::duration>(idle_deadline_ - Clock::now(), milliseconds(1));
            std::optional<std::string> chunk;
            std::optional<Error> failure;
            try {
                chunk = co_await with_deadline(response_->next(), limit);
            } catch (const Error& error) {
                failure = error;
            }
            if (failure) {
                end_broken(*failure);
            } else if (chunk) {
                take(*chunk);
            } else {
                end_whole();
            }
        }
        // What was said before it failed comes first.
        if (!ready_.empty()) {
            ChatDelta delta = std::move(ready_.front());
            ready_.pop_front();
            co_return delta;
        }
        if (const auto failure = std::exchange(failure_, std::nullopt)) throw *failure;
        if (spoken_ && backend_->window.is_expected()) {
            // The model has been loaded for this answer: now Ollama knows with what window.
            backend_->window.ask_again();
            co_await find_context_window(backend_, backend_->model, window_limit);
        }
        co_return std::nullopt;
    }

  private:
    void take(const std::string& chunk) {
        bytes_ += chunk.size();
        try {
            if (bytes_ > (is_events_ ? max_stream_bytes : max_body_bytes))
                throw Error(errc::backend, "The model server's answer does not end.");
            if (!is_events_) {
                body_ += chunk;
                return;
            }
            for (const SseMessage& message : parser_.feed(chunk)) {
                const auto next_sign = Clock::now() + backend_->params.idle_timeout;
                idle_deadline_ = spoken_ ? next_sign : std::max(idle_deadline_, next_sign);
                add(assembler_.feed(message.data));
            }
        } catch (const Error& error) {
            give_up(error);
            return;
        }
        if (assembler_.done()) close();
    }

    void add(std::optional<ChatDelta> delta) {
        if (!delta) return;
        if (!delta->text.empty() || !delta->tool_calls.empty()) {
            spoken_ = true;
            attempt_.succeeded();
        }
        ready_.push_back(std::move(*delta));
    }

    void end_whole() {
        try {
            if (!is_events_) {
                ChatResponse answer = parse_chat_response(body_, form_);
                add(ChatDelta{std::move(answer.text), std::move(answer.finish_reason), answer.usage, std::move(answer.tool_calls),
                              std::move(answer.thought)});
            } else if (!assembler_.complete()) {
                add(assembler_.finish());
                throw Error(errc::backend, "The model server's answer ended before it was complete.");
            }
        } catch (const Error& error) {
            slot_->idle();
            give_up(error);
            return;
        }
        close();
    }

    // The connection failed; an answer that was whole by then is whole all the same.
    void end_broken(const Error& error) {
        if (assembler_.complete()) {
            close();
            return;
        }
        add(assembler_.finish());
        if (error.code() == errc::timeout) {
            give_up(Error(errc::timeout, spoken_ ? "The model server stopped in the middle of its answer."
                                                 : "The model server did not begin to answer in time."));
            return;
        }
        // A server that is slow may still be working; one that broke the connection is not.
        slot_->idle();
        give_up(Error(errc::backend, std::string("The model server broke off in the middle of its answer. ") + error.what()));
    }

    void close() {
        attempt_.succeeded();
        response_.reset();
        slot_->release();
    }

    void give_up(const Error& error) {
        failure_ = error;
        attempt_.failed(Clock::now());
        response_.reset();
        slot_.reset();
    }

    std::shared_ptr<OpenAIBackend> backend_;
    std::shared_ptr<BackendSlot> slot_;
    std::unique_ptr<ResponseStream> response_;  // dropped before the slot: the server hears of it first
    BreakerTry attempt_;
    Clock::time_point idle_deadline_;
    SseParser parser_;
    ChatDeltaAssembler::Params form_;
    ChatDeltaAssembler assembler_;
    std::deque<ChatDelta> ready_;
    std::optional<Error> failure_;
    std::string body_;
    std::size_t bytes_ = 0;
    bool is_events_ = true;
    bool spoken_ = false;
};

Task<std::shared_ptr<BackendSlot>> take_slot(std::shared_ptr<OpenAIBackend> backend, Priority priority) {
    std::optional<Error> failure;
    try {
        auto permit = co_await with_deadline(backend->slots.acquire(priority), backend->params.first_token_timeout);
        co_return std::make_shared<BackendSlot>(backend, std::move(permit));
    } catch (const Error& error) {
        failure = error;
    }
    throw Error(failure->code(), failure->code() == errc::overloaded
                                     ? "Too many questions are waiting for the language model. Try again in a moment."
                                     : "The language model is busy with other questions. Try again in a moment.");
}

}  // namespace

Task<std::unique_ptr<ChatStream>> open_stream(std::shared_ptr<OpenAIBackend> backend, ChatRequest request, ToolCalling calling) {
    const auto deadline = Clock::now() + backend->params.first_token_timeout;
    auto slot = co_await take_slot(backend, request.priority);
    co_await find_model(backend);
    const int window = backend->context_window() > 0 ? backend->context_window() : 1 << 20;
    const ChatBody chat{backend->model, std::min(request.max_tokens.value_or(backend->params.max_tokens), window),
                        request.temperature.value_or(backend->params.temperature), calling};
    std::string body = chat_body(chat, request);
    auto opened = co_await open_chat(backend, slot, std::move(body), deadline);
    ChatDeltaAssembler::Params form{.tools = std::move(request.tools), .form = calling};
    co_return std::make_unique<OpenAIStream>(backend, std::move(slot), std::move(opened), std::move(form), deadline);
}

Task<ChatResponse> collect(std::unique_ptr<ChatStream> stream) {
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

}  // namespace docmind::detail
