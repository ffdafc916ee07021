// GET /api/events: every change of a document, as it happens.

#include <boost/json/serialize.hpp>

#include <charconv>
#include <optional>

#include "net/sse_writer.hpp"
#include "server/json.hpp"
#include "server/metrics.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

SseEvent system_event(std::string_view type) {
    return {.event = "system", .data = json::serialize(json::object{{"type", type}})};
}

class DocumentEventStream final : public SseSource {
  public:
    DocumentEventStream(DocumentEvents::Subscription subscription, Metrics& metrics)
        : subscription_(std::move(subscription)), open_(metrics, "events") {}

    Task<std::optional<SseEvent>> next() override {
        if (!greeted_) {
            greeted_ = true;
            // A listener that missed something lists the documents anew.
            co_return system_event(subscription_.missed() ? "resync" : "hello");
        }
        if (ended_) co_return std::nullopt;
        const std::optional<DocumentEvent> event = co_await subscription_.next();
        if (!event) {
            ended_ = true;
            co_return SseEvent{.event = "shutdown", .data = "{}"};
        }
        SseEvent sent{.id = std::to_string(event->sequence)};
        if (const auto* record = std::get_if<DocumentRecord>(&event->change)) {
            sent.event = "document";
            sent.data = json::serialize(to_json(*record));
        } else {
            sent.event = "removed";
            sent.data = json::serialize(json::object{{"id", std::get<DocumentRemoved>(event->change).id}});
        }
        co_return sent;
    }

  private:
    DocumentEvents::Subscription subscription_;
    OpenStream open_;
    bool greeted_ = false;
    bool ended_ = false;
};

}  // namespace

Task<HttpResponse> get_events(Call call) {
    std::optional<std::uint64_t> last;
    if (const std::string* text = call.request.headers.find("last-event-id")) {
        std::uint64_t value = 0;
        const char* const end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, value);
        // What is no number of ours is from before everything we know: the listener has missed something.
        last = error == std::errc{} && stop == end ? value : 0;
    }
    HttpResponse response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    auto source = std::make_unique<DocumentEventStream>(call.services.ingestion.events().subscribe(last), call.metrics);
    response.stream = make_sse_body(std::move(source), call.executor);
    co_return response;
}

}  // namespace docmind
