#include "server/document_event_stream.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <string>

#include "server/json.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

SseEvent system_event(json::object data) {
    return {.event = "system", .data = json::serialize(data)};
}

SseEvent to_sse(const DocumentEvent& event) {
    SseEvent sent{.id = std::to_string(event.resume_at)};
    if (const auto* record = std::get_if<DocumentRecord>(&event.change)) {
        sent.event = "document";
        sent.data = json::serialize(to_json(*record));
    } else {
        sent.event = "removed";
        sent.data = json::serialize(json::object{{"id", std::get<DocumentRemoved>(event.change).id}});
    }
    return sent;
}

class DocumentEventStream final : public SseSource {
  public:
    DocumentEventStream(DocumentEvents::Subscription subscription, Metrics& metrics, EventPace::Params pace)
        : subscription_(std::move(subscription)), open_(metrics, "events"), pace_(pace) {}

    Task<std::optional<SseEvent>> next() override {
        if (!greeted_) {
            greeted_ = true;
            pace_.sent(EventPace::Clock::now());
            co_return system_event({{"type", subscription_.missed() ? "resync" : "hello"}});
        }
        if (ended_) co_return std::nullopt;
        co_await subscription_.await_next();
        const auto wait = pace_.wait(EventPace::Clock::now());
        if (wait > EventPace::Clock::duration::zero()) co_await subscription_.pause(wait);
        // Who is still behind at the end resumes at the next start.
        const bool behind = subscription_.is_closed() && pace_.wait(EventPace::Clock::now()) > EventPace::Clock::duration::zero();
        if (behind || (subscription_.is_closed() && subscription_.waiting() == 0)) {
            ended_ = true;
            co_return SseEvent{.event = "shutdown", .data = "{}"};
        }
        const auto now = EventPace::Clock::now();
        pace_.sent(now);
        if (should_say_that_many_changed(now)) {
            told_ = subscription_.newest();
            told_at_ = now;
            co_return system_event({{"type", "documents_changed"}, {"count", subscription_.waiting()}});
        }
        const std::optional<DocumentEvent> event = co_await subscription_.next();
        co_return to_sse(*event);
    }

  private:
    [[nodiscard]] bool should_say_that_many_changed(EventPace::Clock::time_point now) const {
        const bool lately = told_at_ && now - *told_at_ < pace_.params().window;
        return subscription_.waiting() > pace_.params().most && subscription_.newest() != told_ && !lately;
    }

    DocumentEvents::Subscription subscription_;
    OpenStream open_;
    EventPace pace_;
    std::uint64_t told_ = 0;  // the newest event when that was said
    std::optional<EventPace::Clock::time_point> told_at_;
    bool greeted_ = false;
    bool ended_ = false;
};

}  // namespace

std::unique_ptr<SseSource> make_document_event_stream(DocumentEvents::Subscription subscription, Metrics& metrics, EventPace::Params pace) {
    return std::make_unique<DocumentEventStream>(std::move(subscription), metrics, pace);
}

}  // namespace docmind
