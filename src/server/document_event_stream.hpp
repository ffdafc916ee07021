#pragma once
// "What does one listener of GET /api/events hear, and how fast?"
//
// event: system    {"type":"hello"}, or {"type":"resync"}: events were missed that are not known any more, list the documents anew
// event: document  the document object, its newest state
// event: removed   {"id"}
// event: system    {"type":"documents_changed","count":n}: more documents changed than can be told one by one in a second; list them anew.
//                  Said at most once a second while it is so. The single events go on behind it.
// event: shutdown  {}
//
// At most 10 events a second reach one listener, in any second. Of a document only its newest state waits; what is final goes before
// progress. The `id` of an event is where a listener that saw it can resume.

#include <chrono>
#include <cstdint>
#include <memory>

#include "ingestion/document_events.hpp"
#include "ingestion/event_pace.hpp"
#include "net/sse_writer.hpp"
#include "server/metrics.hpp"

namespace docmind {

[[nodiscard]] std::unique_ptr<SseSource> make_document_event_stream(DocumentEvents::Subscription subscription, Metrics& metrics,
                                                                    EventPace::Params pace = {});

}  // namespace docmind
