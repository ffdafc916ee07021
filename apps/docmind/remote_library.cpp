#include "remote_library.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <fstream>
#include <utility>

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "backup/manifest.hpp"
#include "net/http_message.hpp"
#include "net/http_server.hpp"
#include "net/sse_parser.hpp"
#include "server/json.hpp"

namespace docmind::cli {
namespace {

namespace json = boost::json;

/// A refusal as the error it was on the other side.
[[noreturn]] void throw_problem(int status, const std::string& body) {
    std::string detail;
    errc code = status == 404 ? errc::not_found : status == 409 ? errc::conflict : status == 400 ? errc::invalid_argument : errc::backend;
    try {
        detail = std::string(parse_json(body).at("detail").as_string());
    } catch (const std::exception&) {
        // Not a problem document: the status has to do.
        detail = fmt::format("The server answered {}.", status);
    }
    if (status == 401) throw Error(errc::unauthorized, "The running server asks for a token: set DOCMIND__SERVER__TOKEN.");
    throw Error(code, detail);
}

/// A file as a request body, read on a pool.
class FileBody final : public BodySource {
  public:
    FileBody(Pool* pool, std::shared_ptr<std::ifstream> file) : pool_(pool), file_(std::move(file)) {}
    Task<std::optional<std::string>> next() override {
        auto read = [file = file_](std::stop_token) {
            std::string chunk(256 * 1024, '\0');
            file->read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
            chunk.resize(static_cast<std::size_t>(file->gcount()));
            return chunk;
        };
        std::string chunk = co_await offload(*pool_, Priority::interactive, std::move(read));
        if (chunk.empty()) co_return std::nullopt;
        co_return std::optional(std::move(chunk));
    }

  private:
    Pool* pool_;
    std::shared_ptr<std::ifstream> file_;
};

struct OpenedBody {
    std::shared_ptr<BodySource> body;
    std::uint64_t bytes = 0;
};

Task<OpenedBody> open_body(Pool* pool, std::filesystem::path path) {
    auto open = [pool, path](std::stop_token) {
        if (!std::filesystem::is_regular_file(path)) throw Error(errc::not_found, "There is no file " + path.string() + ".");
        auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
        if (!*file) throw Error(errc::storage, "Cannot read " + path.string() + ".");
        return OpenedBody{std::make_shared<FileBody>(pool, file), std::filesystem::file_size(path)};
    };
    co_return co_await offload(*pool, Priority::interactive, std::move(open));
}

/// The first of the answer's documents, as POST /api/documents gives it.
std::pair<std::string, bool> accepted(const json::value& answer) {
    const json::object& document = answer.at("documents").as_array().at(0).as_object();
    if (const json::value* error = document.if_contains("error"); error && error->is_string() && !document.if_contains("id")) {
        throw Error(errc::invalid_argument, std::string(error->get_string()));
    }
    return {std::string(document.at("id").as_string()), document.at("duplicate").as_bool()};
}

}  // namespace

RemoteLibrary::RemoteLibrary(std::string url, std::string token)
    : files_({.name = "files"}), url_(std::move(url)), token_(std::move(token)), client_(loop_.executor()) {}

namespace {

Task<> keep(Task<int> verb, int* code) {
    *code = co_await std::move(verb);
}

}  // namespace

int RemoteLibrary::run(Task<int> verb) {
    int code = 1;
    loop_.run(keep(std::move(verb), &code));
    return code;
}

HttpClient::Request RemoteLibrary::request(std::string method, const std::string& path) const {
    HttpClient::Request request{.method = std::move(method), .url = url_ + path};
    if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
    request.headers.add("X-DocMind", "1");
    request.max_body_bytes = 256 << 20;
    // A question behind a long line of others is answered late, not never.
    request.timeouts.first_byte = std::chrono::minutes(10);
    return request;
}

Task<std::string> RemoteLibrary::text(HttpClient::Request request) {
    HttpClient::Response response = co_await client_.asend(std::move(request));
    if (response.status >= 400) throw_problem(response.status, response.body);
    co_return std::move(response.body);
}

Task<json::value> RemoteLibrary::json(HttpClient::Request request) {
    const std::string body = co_await text(std::move(request));
    co_return parse_json(body);
}

Task<bool> RemoteLibrary::aalive() {
    HttpClient::Request ask = request("GET", "/api/health");
    ask.timeouts.connect = ask.timeouts.first_byte = std::chrono::seconds(2);
    bool alive = false;
    try {
        co_await text(std::move(ask));
        alive = true;
    } catch (const Error&) {
        alive = false;
    }
    co_return alive;
}

Task<int> RemoteLibrary::aready(std::map<std::string, PartStatus>* parts) {
    // 503 says what is missing in the same shape.
    const HttpClient::Response response = co_await client_.asend(request("GET", "/api/ready"));
    const json::value answer = parse_json(response.body);
    for (const auto& [part, status] : answer.at("parts").as_object()) {
        (*parts)[part] = {status.at("ok").as_bool(), std::string(status.at("detail").as_string())};
    }
    co_return 0;
}

std::map<std::string, PartStatus> RemoteLibrary::ready() {
    std::map<std::string, PartStatus> parts;
    run(aready(&parts));
    return parts;
}

Task<std::pair<DocumentRecord, bool>> RemoteLibrary::asubmit_file(std::filesystem::path path, std::string name) {
    const std::string source = std::filesystem::absolute(path).lexically_normal().string();
    HttpClient::Request upload = request("POST", "/api/documents?filename=" + percent_encode(name) + "&source=" + percent_encode(source));
    upload.headers.add("Content-Type", "application/octet-stream");
    const auto [body, bytes] = co_await open_body(&files_, std::move(path));
    upload.body_stream = body;
    upload.body_stream_bytes = bytes;
    const json::value answer = co_await json(std::move(upload));
    const auto [id, duplicate] = accepted(answer);
    DocumentRecord record = co_await aget(id);
    co_return std::pair(std::move(record), duplicate);
}

Task<DocumentRecord> RemoteLibrary::aput_text(TextDocument document) {
    const std::string title = document.title.empty() ? document.id : document.title;
    HttpClient::Request upload =
        request("POST", "/api/documents?replace=true&filename=" + percent_encode(title) + "&id=" + percent_encode(document.id));
    upload.headers.add("Content-Type", "text/plain; charset=utf-8");
    upload.body = document.text;
    const json::value answer = co_await json(std::move(upload));
    const auto [id, duplicate] = accepted(answer);
    DocumentRecord record = co_await aget(id);
    while (record.status == DocumentStatus::queued || record.status == DocumentStatus::processing) {
        co_await sleep_for(std::chrono::milliseconds(50));
        record = co_await aget(id);
    }
    co_return record;
}

Task<DocumentRecord> RemoteLibrary::aget(std::string id) {
    const json::value answer = co_await json(request("GET", "/api/documents/" + percent_encode(id)));
    co_return document_from_json(answer);
}

Task<DocumentPage> RemoteLibrary::alist(std::size_t limit, std::string cursor) {
    std::string path = fmt::format("/api/documents?limit={}", limit);
    if (!cursor.empty()) path += "&cursor=" + percent_encode(cursor);
    const json::value answer = co_await json(request("GET", path));
    DocumentPage page;
    for (const json::value& item : answer.at("documents").as_array()) page.documents.push_back(document_from_json(item));
    if (const json::value* next = answer.as_object().if_contains("next_cursor"); next && next->is_string())
        page.next_cursor = std::string(next->get_string());
    co_return page;
}

Task<> RemoteLibrary::aremove(std::string id) {
    co_await text(request("DELETE", "/api/documents/" + percent_encode(id)));
}

Task<> RemoteLibrary::arename(std::string id, std::string name, std::string source) {
    HttpClient::Request change = request("PATCH", "/api/documents/" + percent_encode(id));
    change.headers.add("Content-Type", "application/json");
    change.body = boost::json::serialize(json::object{{"name", name}, {"source", source}});
    co_await text(std::move(change));
}

Task<DocumentRecord> RemoteLibrary::achange(std::string id, std::string action) {
    co_await text(request("POST", "/api/documents/" + percent_encode(id) + "/" + action));
    co_return co_await aget(std::move(id));
}

Task<std::optional<Reindexing>> RemoteLibrary::areindexing() {
    for (;;) {
        const json::value answer = co_await json(request("GET", "/api/ingestion"));
        std::optional<Reindexing> reindexing = reindexing_from_json(answer.at("reindex"));
        if (reindexing) co_return reindexing;
        // Before its model has loaded the server knows of none.
        std::map<std::string, PartStatus> parts;
        co_await aready(&parts);
        const PartStatus& embedding = parts["embedding"];
        if (embedding.ok) co_return std::nullopt;
        if (!embedding.detail.contains("loading")) throw Error(errc::unavailable, embedding.detail);
        co_await sleep_for(std::chrono::milliseconds(100));
    }
}

Task<> RemoteLibrary::achange_reindex(std::string action) {
    co_await text(request("POST", "/api/ingestion/reindex/" + percent_encode(action)));
}

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

class RemoteBackup final : public BackupStream {
  public:
    RemoteBackup(std::unique_ptr<ResponseStream> response, BackupContents contents)
        : response_(std::move(response)), contents_(std::move(contents)) {
        const std::string_view length = response_->headers().value("content-length");
        std::uint64_t bytes = 0;
        if (std::from_chars(length.data(), length.data() + length.size(), bytes).ec == std::errc{}) archive_bytes_ = bytes;
    }
    [[nodiscard]] const BackupContents& contents() const override { return contents_; }
    [[nodiscard]] std::optional<std::uint64_t> archive_bytes() const override { return archive_bytes_; }
    Task<std::optional<std::string>> next() override {
        std::string bytes;
        try {
            // What comes is cut smaller than is good for who writes it.
            while (bytes.size() < piece_bytes) {
                const std::optional<std::string> piece = co_await response_->next();
                if (!piece) break;
                bytes += *piece;
            }
        } catch (const HttpError& error) {
            throw Error(error.code(), fmt::format("The server broke off the backup: {} Its log says why.", error.what()));
        }
        if (bytes.empty()) co_return std::nullopt;
        co_return std::optional(std::move(bytes));
    }

  private:
    std::unique_ptr<ResponseStream> response_;
    BackupContents contents_;
    std::optional<std::uint64_t> archive_bytes_;
};

}  // namespace

Task<std::unique_ptr<BackupStream>> RemoteLibrary::aopen_backup() {
    HttpClient::Request ask = request("GET", "/api/backup");
    // The head comes when the database has been copied, and the next bytes when there is nothing more urgent.
    ask.timeouts.first_byte = std::chrono::hours(6);
    ask.timeouts.idle = std::chrono::minutes(10);
    std::unique_ptr<ResponseStream> response = co_await client_.aopen(std::move(ask));
    if (response->status() < 400) {
        BackupContents contents = contents_from_line(response->headers().value("x-docmind-backup"));
        co_return std::make_unique<RemoteBackup>(std::move(response), std::move(contents));
    }
    std::string refused;
    for (;;) {
        const std::optional<std::string> bytes = co_await response->next();
        if (!bytes) break;
        refused += *bytes;
    }
    throw_problem(response->status(), refused);
}

Task<RetrievalResult> RemoteLibrary::aretrieve(QueryBundle query) {
    json::object body{{"query", query.query_str}, {"top_k", query.similarity_top_k}, {"rerank", query.rerank}};
    body["mode"] = query.mode == RetrievalMode::dense ? "dense" : query.mode == RetrievalMode::sparse ? "sparse" : "hybrid";
    if (query.rerank_budget) body["rerank_budget_ms"] = query.rerank_budget->count();
    if (!query.document_ids.empty()) body["document_ids"] = json::array(query.document_ids.begin(), query.document_ids.end());
    json::array filters;
    for (const MetadataFilter& filter : query.filters) filters.emplace_back(to_string(filter));
    if (!filters.empty()) body["filters"] = std::move(filters);
    HttpClient::Request ask = request("POST", "/api/retrieve");
    ask.headers.add("Content-Type", "application/json");
    ask.body = json::serialize(body);
    const json::value answer = co_await json(std::move(ask));
    co_return retrieval_from_json(answer);
}

Task<AgentResponse> RemoteLibrary::aask(std::string session, std::string question, std::vector<std::string> document_ids,
                                        std::function<void(const AgentEvent&)> on_event) {
    json::object body{{"message", question}, {"stream", true}};
    if (!session.empty()) body["session_id"] = session;
    if (!document_ids.empty()) body["document_ids"] = json::array(document_ids.begin(), document_ids.end());
    HttpClient::Request ask = request("POST", "/api/chat");
    ask.headers.add("Content-Type", "application/json");
    ask.body = json::serialize(body);
    co_return co_await answer(std::move(ask), std::move(on_event));
}

Task<AgentResponse> RemoteLibrary::acompare(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                            std::function<void(const AgentEvent&)> on_event) {
    const json::object body{{"document_ids", json::array(document_ids.begin(), document_ids.end())},
                            {"aspects", json::array(aspects.begin(), aspects.end())}};
    HttpClient::Request ask = request("POST", "/api/compare");
    ask.headers.add("Content-Type", "application/json");
    ask.body = json::serialize(body);
    co_return co_await answer(std::move(ask), std::move(on_event));
}

Task<AgentResponse> RemoteLibrary::asummarize(std::string document_id, std::function<void(const AgentEvent&)> on_event) {
    HttpClient::Request ask = request("POST", "/api/documents/" + percent_encode(document_id) + "/summary");
    ask.headers.add("Content-Type", "application/json");
    ask.body = "{}";
    co_return co_await answer(std::move(ask), std::move(on_event));
}

/// The answer, as its events come.
Task<AgentResponse> RemoteLibrary::answer(HttpClient::Request ask, std::function<void(const AgentEvent&)> on_event) {
    const std::unique_ptr<ResponseStream> stream = co_await client_.aopen(std::move(ask));
    std::string refused;
    SseParser parser;
    for (;;) {
        const std::optional<std::string> bytes = co_await stream->next();
        if (!bytes) break;
        if (stream->status() >= 400) {
            refused += *bytes;
            continue;
        }
        for (const SseMessage& message : parser.feed(*bytes)) {
            const json::value data = parse_json(message.data);
            if (message.event == "step") {
                on_event(AgentStep{.kind = std::string(data.at("kind").as_string()), .text = std::string(data.at("text").as_string())});
            } else if (message.event == "progress") {
                on_event(AgentProgress{data.at("done").to_number<std::size_t>(), data.at("of").to_number<std::size_t>(),
                                       std::string(data.at("text").as_string())});
            } else if (message.event == "sources") {
                on_event(AgentSources{sources_from_json(data)});
            } else if (message.event == "token") {
                on_event(AgentToken{std::string(data.at("text").as_string())});
            } else if (message.event == "sentence") {
                on_event(AgentSentence{sentence_from_json(data)});
            } else if (message.event == "error") {
                throw_problem(static_cast<int>(data.at("status").to_number<int>()), message.data);
            } else if (message.event == "done") {
                co_return response_from_json(data);
            }
        }
    }
    if (!refused.empty()) throw_problem(stream->status(), refused);
    throw Error(errc::backend, "The server ended the answer early.");
}

Task<std::vector<SessionRecord>> RemoteLibrary::alist_sessions() {
    const json::value answer = co_await json(request("GET", "/api/sessions"));
    std::vector<SessionRecord> sessions;
    for (const json::value& item : answer.at("sessions").as_array()) sessions.push_back(session_from_json(item));
    co_return sessions;
}

Task<std::vector<StoredMessage>> RemoteLibrary::aget_messages(std::string session) {
    const json::value answer = co_await json(request("GET", "/api/sessions/" + percent_encode(session) + "/messages"));
    std::vector<StoredMessage> messages;
    for (const json::value& item : answer.at("messages").as_array()) messages.push_back(message_from_json(item));
    co_return messages;
}

Task<std::string> RemoteLibrary::aexport_session(std::string session, std::string format) {
    co_return co_await text(request("GET", "/api/sessions/" + percent_encode(session) + "/export?format=" + percent_encode(format)));
}

Task<std::vector<SessionMatch>> RemoteLibrary::asearch_sessions(std::string query) {
    const json::value answer = co_await json(request("GET", "/api/sessions?query=" + percent_encode(query)));
    std::vector<SessionMatch> matches;
    for (const json::value& item : answer.at("sessions").as_array()) matches.push_back(match_from_json(item));
    co_return matches;
}

Task<> RemoteLibrary::aremove_session(std::string session) {
    co_await text(request("DELETE", "/api/sessions/" + percent_encode(session)));
}

Task<SessionRecord> RemoteLibrary::arestore_session(std::string session) {
    const json::value answer = co_await json(request("POST", "/api/sessions/" + percent_encode(session) + "/restore"));
    co_return session_from_json(answer);
}

}  // namespace docmind::cli
