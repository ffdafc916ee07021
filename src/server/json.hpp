#pragma once
// JSON <-> the types of the public headers, in the shapes INTERFACES promises. Both the server and the command line speak these.

#include <docmind/agent.hpp>
#include <docmind/document_store.hpp>
#include <docmind/error.hpp>
#include <docmind/memory.hpp>
#include <docmind/node.hpp>
#include <docmind/reindexing.hpp>
#include <docmind/retriever.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace docmind {

struct IngestionOverview;
class WatchedFolder;

/// Parses a text that came from outside: depth 32 at most, valid UTF-8. Errors: invalid_argument.
[[nodiscard]] boost::json::value parse_json(std::string_view text);

[[nodiscard]] boost::json::object to_json(const DocumentRecord& record);
[[nodiscard]] boost::json::object to_json(const IngestionOverview& overview);
[[nodiscard]] boost::json::object to_json(const WatchedFolder& folder);
[[nodiscard]] boost::json::object to_json(const Reindexing& reindexing);
[[nodiscard]] boost::json::object to_json(const NodeWithScore& result);
[[nodiscard]] boost::json::object to_json(const RetrievalResult& result);
[[nodiscard]] boost::json::object to_json(const Node& node);
[[nodiscard]] boost::json::object to_json(const Page& page, const std::string& document_id, int pages);
[[nodiscard]] boost::json::object to_json(const Citation& citation);
[[nodiscard]] boost::json::object to_json(const SentenceSupport& sentence);
[[nodiscard]] boost::json::object to_json(const Source& source);
[[nodiscard]] boost::json::object to_json(const AgentResponse& response);
[[nodiscard]] boost::json::object to_json(const SessionRecord& session);
/// Its place among its siblings counts from 1.
[[nodiscard]] boost::json::object to_json(const StoredMessage& message);
/// The session, with a member "match".
[[nodiscard]] boost::json::object to_json(const SessionMatch& match);
/// RFC 9457 problem object.
[[nodiscard]] boost::json::object problem_json(errc code, int status, std::string_view detail, std::string_view request_id);

// The way back, for clients. Missing members keep their defaults. Errors: backend (not the shape that was promised).
[[nodiscard]] DocumentRecord document_from_json(const boost::json::value& value);
[[nodiscard]] RetrievalResult retrieval_from_json(const boost::json::value& value);
[[nodiscard]] AgentResponse response_from_json(const boost::json::value& value);
[[nodiscard]] SentenceSupport sentence_from_json(const boost::json::value& value);
[[nodiscard]] std::vector<Source> sources_from_json(const boost::json::value& value);
/// Nothing of null.
[[nodiscard]] std::optional<Reindexing> reindexing_from_json(const boost::json::value& value);
[[nodiscard]] SessionRecord session_from_json(const boost::json::value& value);
[[nodiscard]] StoredMessage message_from_json(const boost::json::value& value);
[[nodiscard]] SessionMatch match_from_json(const boost::json::value& value);

}  // namespace docmind
