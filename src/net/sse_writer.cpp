#include "net/sse_writer.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/scope.hpp"

namespace docmind {
namespace {

std::string one_line(std::string text) {
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

/// What the pump and the body share; it lives until both are gone.
struct Relay {
    explicit Relay(std::unique_ptr<SseSource> s) : source(std::move(s)) {}
    std::unique_ptr<SseSource> source;
    std::optional<SseEvent> event;  // pulled, not sent yet: at most one
    bool ended = false;
    std::exception_ptr failure;
    Event changed;  // something to send
    Event taken;    // room for the next
};

/// Pulls one event ahead of the body, so that a heartbeat does not interrupt the source.
Task<> pump(std::shared_ptr<Relay> relay) {
    try {
        for (;;) {
            std::optional<SseEvent> event = co_await relay->source->next();
            relay->ended = !event;
            relay->event = std::move(event);
            relay->taken.reset();
            relay->changed.set();
            if (relay->ended) break;
            co_await relay->taken.wait();
        }
    } catch (const std::exception&) {
        relay->failure = std::current_exception();
        relay->changed.set();
        throw;
    }
}

class SseBody final : public BodySource {
  public:
    SseBody(std::unique_ptr<SseSource> source, Executor executor, std::chrono::milliseconds heartbeat)
        : heartbeat_(heartbeat), relay_(std::make_shared<Relay>(std::move(source))), scope_(std::move(executor)) {}

    Task<std::optional<std::string>> next() override {
        if (!started_) {
            started_ = true;
            scope_.spawn(pump(relay_));
        }
        bool quiet = false;
        try {
            co_await with_deadline(relay_->changed.wait(), heartbeat_);
        } catch (const Error& error) {
            if (error.code() != errc::timeout) throw;
            quiet = true;
        }
        if (quiet) co_return std::optional<std::string>(": heartbeat\n\n");
        if (relay_->failure) std::rethrow_exception(relay_->failure);
        if (relay_->ended) co_return std::nullopt;
        std::string wire = to_wire(*relay_->event);
        relay_->event.reset();
        relay_->changed.reset();
        relay_->taken.set();
        co_return std::optional(std::move(wire));
    }

  private:
    std::chrono::milliseconds heartbeat_;
    std::shared_ptr<Relay> relay_;
    bool started_ = false;
    Scope scope_;  // destroying it cancels the pump, which owns all it touches
};

}  // namespace

std::string to_wire(const SseEvent& event) {
    std::string wire;
    if (!event.id.empty()) wire += "id: " + one_line(event.id) + "\n";
    if (!event.event.empty()) wire += "event: " + one_line(event.event) + "\n";
    std::string_view rest = event.data;
    for (;;) {
        const std::size_t end = rest.find_first_of("\r\n");
        wire += "data: ";
        wire += rest.substr(0, end);
        wire += '\n';
        if (end == std::string_view::npos) break;
        const bool crlf = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
        rest.remove_prefix(end + (crlf ? 2 : 1));
    }
    wire += '\n';
    return wire;
}

std::unique_ptr<BodySource> make_sse_body(std::unique_ptr<SseSource> source, Executor executor, std::chrono::milliseconds heartbeat) {
    return std::make_unique<SseBody>(std::move(source), std::move(executor), heartbeat);
}

}  // namespace docmind
