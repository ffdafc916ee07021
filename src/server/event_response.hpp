#pragma once
// What all event streams have in common: the response they are, and where a listener resumes.

#include <cstdint>
#include <memory>
#include <optional>

#include "net/sse_writer.hpp"
#include "server/routes.hpp"

namespace docmind {

[[nodiscard]] HttpResponse event_response(const Call& call, std::unique_ptr<SseSource> source);
/// The request's Last-Event-ID; 0 where it is no number of ours, so from before everything we know.
[[nodiscard]] std::optional<std::uint64_t> last_event_id(const HttpRequest& request);

}  // namespace docmind
