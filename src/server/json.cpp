#include "server/json.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include "ingestion/ingestion_service.hpp"
#include "ingestion/watched_folder.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

json::value number_or_null(const std::optional<float>& number) {
    return number ? json::value(static_cast<double>(*number)) : json::value(nullptr);
}

json::value number_or_null(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::value rank_or_null(const std::optional<int>& rank) {
    return rank ? json::value(*rank) : json::value(nullptr);
}

json::object timings_json(const std::map<std::string, double>& timings) {
    json::object result;
    for (const auto& [name, ms] : timings) result[name] = ms;
    return result;
}

json::object metadata_json(const Metadata& metadata) {
    json::object result;
    for (const auto& [name, value] : metadata) result[name] = value;
    return result;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array strings_json(const std::vector<std::string>& strings) {
    return json::array(strings.begin(), strings.end());
}

json::array places_json(const std::vector<PassagePlace>& places) {
    json::array result;
    for (const PassagePlace& p : places)
        result.push_back({{"document_id", p.document_id}, {"name", p.document_name}, {"page", p.page}, {"node_id", p.node_id}});
    return result;
}

std::string_view role_name(MessageRole role) {
    switch (role) {
        case MessageRole::system: return "system";
        case MessageRole::user: return "user";
        case MessageRole::assistant: return "assistant";
        case MessageRole::tool: return "tool";
    }
    return "user";
}

template <class T>
json::array list_json(const std::vector<T>& items) {
    json::array result;
    result.reserve(items.size());
    for (const T& item : items) result.push_back(to_json(item));
    return result;
}

json::array ranges_json(const TextRanges& ranges) {
    json::array list;
    for (const auto& [begin, end] : ranges) list.push_back(json::object{{"begin", begin}, {"end", end}});
    return list;
}

std::string_view title_of(errc code) {
    switch (code) {
        case errc::invalid_argument: return "The request cannot be understood";
        case errc::unauthorized: return "A token is needed";
        case errc::forbidden: return "Not allowed from here";
        case errc::not_found: return "Not found";
        case errc::method_not_allowed: return "Method not allowed";
        case errc::conflict: return "Not possible in this state";
        case errc::too_large: return "Too large";
        case errc::unsupported: return "Unsupported type";
        case errc::empty_document: return "Nothing to read";
        case errc::encrypted: return "Encrypted document";
        case errc::corrupt: return "Damaged document";
        case errc::overloaded: return "Too busy";
        case errc::timeout: return "Took too long";
        case errc::unavailable: return "Not available now";
        case errc::backend: return "The model server failed";
        case errc::storage: return "Storage failed";
        case errc::storage_full: return "No space left";
        case errc::internal: return "Internal error";
    }
    return "Error";
}

/// Reads members with defaults; the wrong type is the server's fault.
class Members {
  public:
    explicit Members(const json::value& value) {
        if (!value.is_object()) throw Error(errc::backend, "The server answered with something that is no object.");
        object_ = &value.get_object();
    }
    std::string text(std::string_view name) const {
        const json::value* value = object_->if_contains(name);
        return value && value->is_string() ? std::string(value->get_string()) : std::string();
    }
    double number(std::string_view name, double otherwise = 0) const {
        const json::value* value = object_->if_contains(name);
        return value && value->is_number() ? value->to_number<double>() : otherwise;
    }
    int integer(std::string_view name, int otherwise = 0) const { return static_cast<int>(number(name, otherwise)); }
    std::uint32_t offset(std::string_view name) const { return static_cast<std::uint32_t>(std::clamp(number(name), 0.0, 4294967295.0)); }
    std::optional<double> maybe(std::string_view name) const {
        const json::value* value = object_->if_contains(name);
        return value && value->is_number() ? std::optional(value->to_number<double>()) : std::nullopt;
    }
    bool flag(std::string_view name, bool otherwise = false) const {
        const json::value* value = object_->if_contains(name);
        return value && value->is_bool() ? value->get_bool() : otherwise;
    }
    const json::array& list(std::string_view name) const {
        static const json::array none;
        const json::value* value = object_->if_contains(name);
        return value && value->is_array() ? value->get_array() : none;
    }
    const json::value* member(std::string_view name) const { return object_->if_contains(name); }
    std::optional<float> score(std::string_view name) const {
        const json::value* value = object_->if_contains(name);
        return value && value->is_number() ? std::optional(static_cast<float>(value->to_number<double>())) : std::nullopt;
    }

  private:
    const json::object* object_ = nullptr;
};

std::map<std::string, double> timings_from(const Members& members) {
    std::map<std::string, double> result;
    if (const json::value* timings = members.member("timings_ms"); timings && timings->is_object()) {
        for (const auto& [name, value] : timings->get_object()) {
            if (value.is_number()) result[name] = value.to_number<double>();
        }
    }
    return result;
}

TextRanges ranges_from(const json::array& list) {
    TextRanges ranges;
    for (const json::value& item : list) {
        const Members range(item);
        ranges.emplace_back(range.offset("begin"), range.offset("end"));
    }
    return ranges;
}

std::vector<std::string> strings_from(const json::array& array) {
    std::vector<std::string> result;
    for (const json::value& value : array) {
        if (value.is_string()) result.emplace_back(value.get_string());
    }
    return result;
}

Citation citation_from(const json::value& value) {
    const Members m(value);
    return {.n = m.integer("n"),
            .document_id = m.text("document_id"),
            .name = m.text("name"),
            .page = m.integer("page", 1),
            .node_id = m.text("node_id"),
            .quote = m.text("quote"),
            .begin = m.offset("begin"),
            .end = m.offset("end"),
            .matches = ranges_from(m.list("matches"))};
}

template <class Enum, std::size_t N>
Enum named(const std::string& name, const Enum (&values)[N], Enum otherwise) {
    for (const Enum value : values) {
        if (to_string(value) == name) return value;
    }
    return otherwise;
}

}  // namespace

json::value parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) throw Error(errc::invalid_argument, "The body is not valid JSON: " + error.message() + ".");
    return value;
}

json::object to_json(const DocumentRecord& r) {
    return {{"id", r.id},
            {"name", r.name},
            {"media_type", r.media_type},
            {"bytes", r.bytes},
            {"sha256", r.sha256},
            {"status", to_string(r.status)},
            {"stage", to_string(r.stage)},
            {"progress", r.progress},
            {"pages", r.pages},
            {"nodes", r.nodes},
            {"error", r.error.empty() ? json::value(nullptr) : json::value(r.error)},
            {"error_code", r.error_code.empty() ? json::value(nullptr) : json::value(r.error_code)},
            {"created_at", r.created_at},
            {"priority", r.priority},
            {"paused", r.paused},
            {"source", r.source},
            {"metadata", metadata_json(r.metadata)}};
}

json::object to_json(const IngestionOverview& o) {
    const LibrarySummary& library = o.library;
    std::uint64_t bytes = 0;
    for (const auto& kind : library.waiting) bytes += kind.bytes;
    const auto number = [](const std::optional<double>& value) { return value ? json::value(*value) : json::value(nullptr); };
    return {{"paused", o.paused},
            {"progress", o.progress},
            {"eta_seconds", number(o.seconds_left)},
            {"passages_per_second", number(o.nodes_per_second)},
            {"bytes_waiting", bytes},
            {"documents",
             {{"queued", library.queued},
              {"paused", library.paused},
              {"processing", library.processing},
              {"ready", library.ready},
              {"failed", library.failed},
              {"cancelled", library.cancelled}}},
            {"stages", {{"parsing", o.parsing}, {"splitting", o.splitting}, {"embedding", o.embedding}, {"indexing", o.indexing}}}};
}

json::object to_json(const WatchedFolder& folder) {
    const WatchedFolder::Status status = folder.status();
    return {{"folder", folder.root().string()}, {"state", to_string(status.folder.state)},
            {"message", status.folder.message}, {"files", status.folder.files},
            {"waiting", status.waiting},        {"failed", status.failed}};
}

json::object to_json(const NodeWithScore& r) {
    return {{"node_id", r.node.id},
            {"document_id", r.node.document_id},
            {"name", r.document_name},
            {"page", r.node.page},
            {"section", r.node.section},
            {"text", r.node.text},
            {"score", r.score},
            {"scores",
             {{"dense", number_or_null(r.scores.dense)},
              {"sparse", number_or_null(r.scores.sparse)},
              {"fused", number_or_null(r.scores.fused)},
              {"rerank", number_or_null(r.scores.rerank)}}},
            {"ranks", {{"dense", rank_or_null(r.scores.dense_rank)}, {"sparse", rank_or_null(r.scores.sparse_rank)}}},
            {"terms", {{"matched", strings_json(r.matched_terms)}, {"missing", strings_json(r.missing_terms)}}},
            {"also_in", places_json(r.also_in)},
            {"steps", strings_json(r.steps)}};
}

json::object to_json(const RetrievalResult& r) {
    return {{"results", list_json(r.nodes)},
            {"relevant", r.relevant},
            {"relevance", r.relevance},
            {"timings_ms", timings_json(r.timings_ms)},
            {"notes", strings_json(r.notes)}};
}

json::object to_json(const Node& n) {
    return {{"node_id", n.id}, {"document_id", n.document_id}, {"ordinal", n.ordinal}, {"page", n.page},      {"begin", n.begin},
            {"end", n.end},    {"tokens", n.tokens},           {"text", n.text},       {"section", n.section}};
}

json::object to_json(const Page& page, const std::string& document_id, int pages) {
    json::array words;
    words.reserve(page.words.size());
    for (const WordBox& w : page.words) words.push_back(json::array{w.begin, w.end, w.x0, w.y0, w.x1, w.y1});
    return {{"document_id", document_id}, {"page", page.number},   {"pages", pages},           {"text", page.text},
            {"width", page.width},        {"height", page.height}, {"words", std::move(words)}};
}

json::object to_json(const Citation& c) {
    return {{"n", c.n},
            {"document_id", c.document_id},
            {"name", c.name},
            {"page", c.page},
            {"node_id", c.node_id},
            {"quote", c.quote},
            {"begin", c.begin},
            {"end", c.end},
            {"matches", ranges_json(c.matches)}};
}

json::object to_json(const SentenceSupport& s) {
    return {{"begin", s.begin},
            {"end", s.end},
            {"supported", s.supported()},
            {"problem", s.supported() ? json::value(nullptr) : json::value(to_string(s.problem))},
            {"support", s.support},
            {"n", s.n},
            {"page", s.page},
            {"page_begin", s.page_begin},
            {"page_end", s.page_end}};
}

json::object to_json(const Source& s) {
    return {{"n", s.n},
            {"document_id", s.passage.node.document_id},
            {"name", s.passage.document_name},
            {"page", s.passage.node.page},
            {"node_id", s.passage.node.id},
            {"text", s.passage.node.text},
            {"score", s.passage.score}};
}

json::object to_json(const AgentResponse& r) {
    json::value usage = nullptr;
    if (r.usage) usage = {{"prompt_tokens", r.usage->prompt_tokens}, {"completion_tokens", r.usage->completion_tokens}};
    return {{"answer", r.answer},
            {"citations", list_json(r.citations)},
            {"matches", ranges_json(r.matches)},
            {"sentences", list_json(r.sentences)},
            {"confidence", number_or_null(r.confidence)},
            {"usage", std::move(usage)},
            {"timings_ms", timings_json(r.timings_ms)},
            {"degraded", r.degraded},
            {"found", r.found},
            {"notes", strings_json(r.notes)},
            {"session_id", r.session_id},
            {"question_id", r.question_id},
            {"message_id", r.message_id}};
}

json::object to_json(const SessionRecord& s) {
    return {{"id", s.id}, {"title", s.title}, {"created_at", s.created_at}, {"updated_at", s.updated_at}, {"messages", s.messages}};
}

json::object to_json(const StoredMessage& m) {
    const auto own = std::ranges::find(m.siblings, m.id);
    return {{"id", m.id},
            {"role", role_name(m.role)},
            {"content", m.content},
            {"citations", list_json(m.citations)},
            {"matches", ranges_json(m.matches)},
            {"stopped", m.stopped},
            {"created_at", m.created_at},
            {"sentences", list_json(m.sentences)},
            {"confidence", number_or_null(m.confidence)},
            {"parent_id", text_or_null(m.parent_id.value_or(""))},
            {"siblings", strings_json(m.siblings)},
            {"position", own - m.siblings.begin() + 1},
            {"summary", text_or_null(m.summary)}};
}

json::object to_json(const SessionMatch& m) {
    json::object session = to_json(m.session);
    session["match"] = {{"message_id", text_or_null(m.message_id)},
                        {"role", m.message_id.empty() ? json::value(nullptr) : json::value(role_name(m.role))},
                        {"excerpt", m.excerpt},
                        {"matches", ranges_json(m.matches)}};
    return session;
}

json::object problem_json(errc code, int status, std::string_view detail, std::string_view request_id) {
    return {{"type", "about:blank"}, {"title", title_of(code)}, {"status", status},
            {"detail", detail},      {"code", to_string(code)}, {"request_id", request_id}};
}

DocumentRecord document_from_json(const json::value& value) {
    using enum DocumentStatus;
    const Members m(value);
    constexpr DocumentStatus statuses[] = {queued, processing, ready, failed, cancelled};
    constexpr IngestionStage stages[] = {IngestionStage::stored,    IngestionStage::parsing,  IngestionStage::splitting,
                                         IngestionStage::embedding, IngestionStage::indexing, IngestionStage::done};
    DocumentRecord r;
    r.id = m.text("id");
    r.name = m.text("name");
    r.media_type = m.text("media_type");
    r.sha256 = m.text("sha256");
    r.bytes = static_cast<std::uint64_t>(m.number("bytes"));
    r.status = named(m.text("status"), statuses, queued);
    r.stage = named(m.text("stage"), stages, IngestionStage::stored);
    r.progress = m.number("progress");
    r.pages = m.integer("pages");
    r.nodes = m.integer("nodes");
    r.error = m.text("error");
    r.error_code = m.text("error_code");
    r.created_at = m.text("created_at");
    r.priority = m.integer("priority");
    r.paused = m.flag("paused");
    r.source = m.text("source");
    if (const json::value* metadata = m.member("metadata"); metadata && metadata->is_object()) {
        for (const auto& [name, text] : metadata->get_object()) {
            if (text.is_string()) r.metadata.emplace(name, text.get_string());
        }
    }
    return r;
}

RetrievalResult retrieval_from_json(const json::value& value) {
    const Members m(value);
    RetrievalResult result{.relevant = m.flag("relevant"),
                           .relevance = static_cast<float>(m.number("relevance")),
                           .timings_ms = timings_from(m),
                           .notes = strings_from(m.list("notes"))};
    for (const json::value& item : m.list("results")) {
        const Members r(item);
        NodeWithScore node{.document_name = r.text("name"), .score = static_cast<float>(r.number("score"))};
        node.node = {.id = r.text("node_id"), .document_id = r.text("document_id"), .page = r.integer("page", 1), .text = r.text("text")};
        if (const json::value* scores = r.member("scores"); scores && scores->is_object()) {
            const Members s(*scores);
            node.scores = {.dense = s.score("dense"), .sparse = s.score("sparse"), .fused = s.score("fused"), .rerank = s.score("rerank")};
        }
        if (const json::value* ranks = r.member("ranks"); ranks && ranks->is_object()) {
            const Members found(*ranks);
            if (const int rank = found.integer("dense"); rank > 0) node.scores.dense_rank = rank;
            if (const int rank = found.integer("sparse"); rank > 0) node.scores.sparse_rank = rank;
        }
        if (const json::value* terms = r.member("terms"); terms && terms->is_object()) {
            const Members found(*terms);
            node.matched_terms = strings_from(found.list("matched"));
            node.missing_terms = strings_from(found.list("missing"));
        }
        node.steps = strings_from(r.list("steps"));
        for (const json::value& place : r.list("also_in")) {
            const Members p(place);
            node.also_in.push_back({p.text("document_id"), p.text("name"), p.integer("page", 1), p.text("node_id")});
        }
        result.nodes.push_back(std::move(node));
    }
    return result;
}

AgentResponse response_from_json(const json::value& value) {
    const Members m(value);
    AgentResponse r{.answer = m.text("answer"),
                    .degraded = m.flag("degraded"),
                    .found = m.flag("found", true),
                    .notes = strings_from(m.list("notes")),
                    .timings_ms = timings_from(m),
                    .session_id = m.text("session_id"),
                    .question_id = m.text("question_id"),
                    .message_id = m.text("message_id")};
    for (const json::value& item : m.list("citations")) r.citations.push_back(citation_from(item));
    r.matches = ranges_from(m.list("matches"));
    for (const json::value& item : m.list("sentences")) r.sentences.push_back(sentence_from_json(item));
    r.confidence = m.maybe("confidence");
    if (const json::value* usage = m.member("usage"); usage && usage->is_object()) {
        const Members u(*usage);
        r.usage = ChatUsage{.prompt_tokens = u.integer("prompt_tokens"), .completion_tokens = u.integer("completion_tokens")};
    }
    return r;
}

SentenceSupport sentence_from_json(const json::value& value) {
    const Members m(value);
    return {.begin = m.offset("begin"),
            .end = m.offset("end"),
            .problem = support_problem(m.text("problem")),
            .support = m.number("support"),
            .n = m.integer("n"),
            .page = m.integer("page", 1),
            .page_begin = m.offset("page_begin"),
            .page_end = m.offset("page_end")};
}

std::vector<Source> sources_from_json(const json::value& value) {
    std::vector<Source> sources;
    for (const json::value& item : Members(value).list("sources")) {
        const Members s(item);
        Source source{.n = s.integer("n")};
        source.passage.document_name = s.text("name");
        source.passage.score = static_cast<float>(s.number("score"));
        source.passage.node = {
            .id = s.text("node_id"), .document_id = s.text("document_id"), .page = s.integer("page", 1), .text = s.text("text")};
        sources.push_back(std::move(source));
    }
    return sources;
}

SessionRecord session_from_json(const json::value& value) {
    const Members m(value);
    return {.id = m.text("id"),
            .title = m.text("title"),
            .created_at = m.text("created_at"),
            .updated_at = m.text("updated_at"),
            .messages = m.integer("messages")};
}

StoredMessage message_from_json(const json::value& value) {
    const Members m(value);
    StoredMessage message{.id = m.text("id"),
                          .role = m.text("role") == "assistant" ? MessageRole::assistant : MessageRole::user,
                          .content = m.text("content"),
                          .stopped = m.flag("stopped"),
                          .created_at = m.text("created_at")};
    for (const json::value& item : m.list("citations")) message.citations.push_back(citation_from(item));
    message.matches = ranges_from(m.list("matches"));
    for (const json::value& item : m.list("sentences")) message.sentences.push_back(sentence_from_json(item));
    message.confidence = m.maybe("confidence");
    message.parent_id = m.text("parent_id");
    message.siblings = strings_from(m.list("siblings"));
    message.summary = m.text("summary");
    return message;
}

SessionMatch match_from_json(const json::value& value) {
    SessionMatch match{.session = session_from_json(value)};
    const json::value* const found = Members(value).member("match");
    if (found == nullptr) return match;
    const Members m(*found);
    match.message_id = m.text("message_id");
    match.role = m.text("role") == "assistant" ? MessageRole::assistant : MessageRole::user;
    match.excerpt = m.text("excerpt");
    match.matches = ranges_from(m.list("matches"));
    return match;
}

}  // namespace docmind
