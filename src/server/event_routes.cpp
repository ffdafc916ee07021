// GET /api/events: every change of a document, as it happens. What a listener hears is told in document_event_stream.hpp.

#include <charconv>

#include "server/document_event_stream.hpp"
#include "server/event_response.hpp"

namespace docmind {

HttpResponse event_response(const Call& call, std::unique_ptr<SseSource> source) {
    HttpResponse response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    response.stream = make_sse_body(std::move(source), call.executor);
    return response;
}

std::optional<std::uint64_t> last_event_id(const HttpRequest& request) {
    const std::string* text = request.headers.find("last-event-id");
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    return error == std::errc{} && stop == end ? value : 0;
}

Task<HttpResponse> get_events(Call call) {
    // Who gives no number of ours has missed something.
    auto subscription = call.services.ingestion.events().subscribe(last_event_id(call.request));
    co_return event_response(call, make_document_event_stream(std::move(subscription), call.metrics));
}

}  // namespace docmind
