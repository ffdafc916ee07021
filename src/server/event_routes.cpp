// GET /api/events: every change of a document, as it happens. What a listener hears is told in document_event_stream.hpp.

#include <charconv>
#include <optional>

#include "server/document_event_stream.hpp"
#include "server/routes.hpp"

namespace docmind {

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
    auto source = make_document_event_stream(call.services.ingestion.events().subscribe(last), call.metrics);
    response.stream = make_sse_body(std::move(source), call.executor);
    co_return response;
}

}  // namespace docmind
