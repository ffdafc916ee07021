// /api/documents: upload, list, read, remove.

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include "net/multipart.hpp"
#include "server/json.hpp"
#include "server/request_members.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

/// A document is its own job: its id is what events and cancel speak of.
json::object accepted_json(const SubmittedDocument& sent) {
    return {{"id", sent.record.id},
            {"name", sent.record.name},
            {"status", to_string(sent.record.status)},
            {"job_id", sent.record.id},
            {"duplicate", sent.duplicate}};
}

json::object refused_json(const std::string& name, const Error& error) {
    return {{"name", name}, {"status", "failed"}, {"error_code", to_string(error.code())}, {"error", error.what()}, {"duplicate", false}};
}

Task<SubmittedDocument> take_raw(Call call) {
    const auto parameter = [&](std::string_view name) {
        const std::string* value = call.request.parameter(name);
        return value ? *value : std::string();
    };
    const std::string name = parameter("filename");
    IngestionService::UploadOptions options{.media_type = media_type_of(call.request.headers.value("content-type")),
                                            .id = parameter("id"),
                                            .replace = parameter("replace") == "true",
                                            .source = parameter("source")};
    const auto upload = call.services.ingestion.begin_upload(name, std::move(options));
    while (call.request.body) {
        std::optional<std::string> chunk = co_await call.request.body->next();
        if (!chunk) break;
        co_await upload->awrite(std::move(*chunk));
    }
    co_return co_await upload->afinish();
}

Task<SubmittedDocument> take_part(Call call, MultipartReader* reader, MultipartPart part) {
    const std::string name = *part.filename;
    const auto upload = call.services.ingestion.begin_upload(name, {.media_type = media_type_of(part.content_type)});
    for (;;) {
        std::optional<std::string> chunk = co_await reader->next_chunk();
        if (!chunk) break;
        co_await upload->awrite(std::move(*chunk));
    }
    co_return co_await upload->afinish();
}

struct Taken {
    json::array documents;
    std::size_t kept = 0;
    std::optional<Error> first_refusal;
};

Task<Taken> take_multipart(Call call) {
    MultipartReader reader(call.request.body, std::string(call.request.headers.value("content-type")));
    Taken taken;
    for (;;) {
        std::optional<MultipartPart> part = co_await reader.next_part();
        if (!part) break;
        if (!part->filename) continue;
        const std::string name = *part->filename;
        std::optional<Error> refusal;
        try {
            const SubmittedDocument sent = co_await take_part(call, &reader, std::move(*part));
            taken.documents.push_back(accepted_json(sent));
            ++taken.kept;
        } catch (const Error& error) {
            // An empty file is that file's fault alone; everything else ends the upload.
            if (error.code() != errc::empty_document) throw;
            refusal = error;
        }
        if (!refusal) continue;
        taken.documents.push_back(refused_json(name, *refusal));
        if (!taken.first_refusal) taken.first_refusal = refusal;
    }
    co_return taken;
}

std::size_t number_parameter(const HttpRequest& request, std::string_view name, std::size_t otherwise, std::size_t low, std::size_t high) {
    const std::string* text = request.parameter(name);
    if (!text) return otherwise;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < low || value > high) {
        throw Error(errc::invalid_argument, fmt::format("{} must be a number from {} to {}.", name, low, high));
    }
    return value;
}

}  // namespace

Task<HttpResponse> post_documents(Call call) {
    const std::string type = media_type_of(call.request.headers.value("content-type"));
    if (type == "multipart/form-data") {
        Taken taken = co_await take_multipart(call);
        if (taken.documents.empty()) {
            throw Error(errc::invalid_argument, "The upload holds no file: send one or more parts named \"files\" with a filename.");
        }
        if (taken.kept == 0) throw Error(*taken.first_refusal);
        co_return json_response(202, json::object{{"documents", std::move(taken.documents)}});
    }
    if (!call.request.parameter("filename")) {
        throw Error(errc::unsupported, "Send files as multipart/form-data, or one file as the body with ?filename=NAME.");
    }
    const SubmittedDocument sent = co_await take_raw(call);
    co_return json_response(202, json::object{{"documents", json::array{accepted_json(sent)}}});
}

Task<HttpResponse> list_documents(Call call) {
    const std::size_t limit = number_parameter(call.request, "limit", 100, 1, 1000);
    const std::string* cursor = call.request.parameter("cursor");
    const DocumentPage page = co_await call.services.documents.alist(limit, cursor ? *cursor : "");
    json::array documents;
    for (const DocumentRecord& record : page.documents) documents.push_back(to_json(call.services.ingestion.with_live_progress(record)));
    json::object body{{"documents", std::move(documents)}};
    body["next_cursor"] = page.next_cursor ? json::value(*page.next_cursor) : json::value(nullptr);
    co_return json_response(200, body);
}

Task<HttpResponse> get_document(Call call) {
    const DocumentRecord record = co_await call.services.documents.aget(call.arguments[0]);
    co_return json_response(200, to_json(call.services.ingestion.with_live_progress(record)));
}

Task<HttpResponse> get_document_page(Call call) {
    const std::string& text = call.arguments[1];
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1) throw Error(errc::not_found, "Pages are numbered from 1.");
    const DocumentRecord record = co_await call.services.documents.aget(call.arguments[0]);
    const Page page = co_await call.services.vectors.aget_page(record.id, number);
    co_return json_response(200, to_json(page, record.id, record.pages));
}

Task<HttpResponse> get_nodes(Call call) {
    const std::size_t offset = number_parameter(call.request, "offset", 0, 0, 1'000'000'000);
    const std::size_t limit = number_parameter(call.request, "limit", 100, 1, 1000);
    const DocumentRecord record = co_await call.services.documents.aget(call.arguments[0]);
    const std::vector<Node> nodes = co_await call.services.vectors.aget_nodes(record.id, offset, limit);
    json::array described;
    for (const Node& node : nodes) described.push_back(to_json(node));
    co_return json_response(200, json::object{{"nodes", std::move(described)}, {"total", record.nodes}});
}

Task<HttpResponse> delete_document(Call call) {
    co_await call.services.ingestion.aremove(call.arguments[0]);
    co_return no_content();
}

Task<HttpResponse> reprocess_document(Call call) {
    const DocumentRecord record = co_await call.services.ingestion.areprocess(call.arguments[0]);
    co_return json_response(202, to_json(record));
}

Task<HttpResponse> cancel_document(Call call) {
    const DocumentRecord record = co_await call.services.ingestion.acancel(call.arguments[0]);
    co_return json_response(200, to_json(record));
}

Task<HttpResponse> get_ingestion(Call call) {
    const IngestionOverview overview = co_await call.services.ingestion.aoverview();
    json::object body = to_json(overview);
    json::array& watched = body["watched"].emplace_array();
    for (const WatchedFolder* folder : call.services.watched()) watched.push_back(to_json(*folder));
    const std::optional<Reindexing> reindexing = call.services.reindexing();
    body["reindex"] = reindexing ? json::value(to_json(*reindexing)) : json::value(nullptr);
    co_return json_response(200, std::move(body));
}

Task<HttpResponse> pause_ingestion(Call call) {
    co_await call.services.ingestion.apause_all();
    co_return co_await get_ingestion(call);
}

Task<HttpResponse> resume_ingestion(Call call) {
    co_await call.services.ingestion.aresume_all();
    co_return co_await get_ingestion(call);
}

Task<HttpResponse> change_reindex(Call call) {
    std::string action = call.arguments[0];
    co_await call.services.change_reindex(std::move(action));
    co_return co_await get_ingestion(call);
}

Task<HttpResponse> pause_document(Call call) {
    const DocumentRecord record = co_await call.services.ingestion.apause(call.arguments[0]);
    co_return json_response(200, to_json(record));
}

Task<HttpResponse> resume_document(Call call) {
    const DocumentRecord record = co_await call.services.ingestion.aresume(call.arguments[0]);
    co_return json_response(200, to_json(record));
}

Task<HttpResponse> change_document(Call call) {
    const json::object body = co_await read_json(&call.request);
    const std::string id = call.arguments[0];
    DocumentRecord record = co_await call.services.documents.aget(id);
    const json::value* const priority = body.if_contains("priority");
    if (!priority && !body.contains("name") && !body.contains("source"))
        throw Error(errc::invalid_argument, "Say what to change: \"name\", \"source\" or \"priority\".");
    if (priority) {
        if (!priority->is_int64()) throw Error(errc::invalid_argument, "\"priority\" must be a whole number from -1000 to 1000.");
        const int value = static_cast<int>(std::clamp<std::int64_t>(priority->get_int64(), -10'000, 10'000));
        record = co_await call.services.ingestion.aset_priority(id, value);
    }
    if (body.contains("name") || body.contains("source")) {
        std::string name = text_member(body, "name", record.name);
        std::string source = text_member(body, "source", record.source);
        record = co_await call.services.ingestion.arename(id, std::move(name), std::move(source));
    }
    co_return json_response(200, to_json(record));
}

}  // namespace docmind
