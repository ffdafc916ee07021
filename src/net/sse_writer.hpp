#pragma once
// "Send these events as they come, and show that we are alive meanwhile." The event-stream format of the WHATWG HTML standard, 9.2.

#include <docmind/task.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/http_server.hpp"

namespace docmind {

/// One event to send. `data` may have several lines.
struct SseEvent {
    std::string event;  ///< empty = message
    std::string data;
    std::string id;  ///< empty = none
};

/// Events that are pulled; a slow client slows its source, and nothing piles up in between.
class SseSource {
  public:
    virtual ~SseSource() = default;
    /// nullopt ends the stream.
    virtual Task<std::optional<SseEvent>> next() = 0;
};

/// The event's wire form. Line breaks in `event` and `id` are taken out.
[[nodiscard]] std::string to_wire(const SseEvent& event);

/// The response body that sends what `source` gives, and a comment whenever `heartbeat` passed without an event.
/// The source's next() goes on while heartbeats are sent; dropping the body cancels it.
[[nodiscard]] std::unique_ptr<BodySource> make_sse_body(std::unique_ptr<SseSource> source, Executor executor,
                                                        std::chrono::milliseconds heartbeat = std::chrono::seconds(15));

}  // namespace docmind
