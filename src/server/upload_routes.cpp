// /api/uploads: uploads in pieces that can be resumed, by the tus protocol 1.0.0.
//
// Tus-Resumable is put on every answer by the server, where refusals are made too. What is DocMind's own: GET tells the same as HEAD, as
// JSON, and an upload that became a document says so in X-Document-Id and Location.

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "ingestion/resumable_uploads.hpp"
#include "server/json.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"
#include "server/tus.hpp"

namespace docmind {
namespace {

namespace json = boost::json;

/// Refusals with statuses that no errc has.
constexpr int precondition_failed = 412;
constexpr int locked = 423;
constexpr int checksum_mismatch = 460;

std::string upload_path(const std::string& id) {
    return "/api/uploads/" + id;
}

void add_state(HttpResponse& response, const ResumableUpload& upload) {
    response.headers.set("Upload-Offset", std::to_string(upload.state.offset));
    response.headers.set("Cache-Control", "no-store");
    if (!upload.state.document_id.empty()) {
        response.headers.set("X-Document-Id", upload.state.document_id);
    } else {
        response.headers.set("Upload-Expires", tus::http_date(upload.expires));
    }
}

HttpResponse problem_of(const Call& call, const Error& error, int status = 0) {
    return problem_response(error.code(), error.what(), call.request.id, status);
}

std::optional<HttpResponse> wrong_version(const Call& call) {
    if (call.request.headers.value("tus-resumable") == tus::version) return std::nullopt;
    HttpResponse response = problem_response(errc::invalid_argument, fmt::format("Send Tus-Resumable: {}.", tus::version), call.request.id,
                                             precondition_failed);
    response.headers.set("Tus-Version", std::string(tus::version));
    return response;
}

json::object to_json(const ResumableUpload& upload) {
    json::object object{{"upload", upload.state.id}, {"offset", upload.state.offset}, {"length", upload.state.length}};
    const bool finished = !upload.state.document_id.empty();
    object["document"] = finished ? json::value(upload.state.document_id) : json::value(nullptr);
    object["duplicate"] = upload.state.duplicate;
    object["error_code"] = upload.error ? json::value(to_string(upload.error->code())) : json::value(nullptr);
    object["error"] = upload.error ? json::value(upload.error->what()) : json::value(nullptr);
    return object;
}

std::optional<PieceChecksum> checksum_of(const HttpRequest& request) {
    const std::string* text = request.headers.find("upload-checksum");
    return text ? std::optional(tus::parse_checksum(*text)) : std::nullopt;
}

/// The body, as a piece of the upload from `offset` on. `success`: the answer when all of it was taken.
Task<HttpResponse> take_piece(Call call, std::string id, std::uint64_t offset, HttpResponse success) {
    ResumableUploads& uploads = call.services.uploads;
    std::optional<PieceChecksum> checksum = checksum_of(call.request);
    const ResumableUpload before = uploads.get(id);
    if (before.writing || before.finishing) {
        co_return problem_response(errc::conflict, "Another piece of this upload is on its way.", call.request.id, locked);
    }
    if (call.request.content_length.value_or(0) > before.state.length - std::min(offset, before.state.length)) {
        throw Error(errc::too_large,
                    fmt::format("More bytes were announced than the {} of this upload (Upload-Length).", before.state.length));
    }
    // A finished upload has no bytes any more; an empty piece at its end asks how it went.
    if (before.state.document_id.empty() || offset != before.state.offset) {
        const auto piece = uploads.begin_piece(id, offset, std::move(checksum));
        while (call.request.body) {
            std::optional<std::string> chunk = co_await call.request.body->next();
            if (!chunk) break;
            co_await piece->awrite(std::move(*chunk));
        }
        const bool kept = co_await piece->afinish();
        if (!kept) {
            HttpResponse response = problem_response(errc::corrupt, "The bytes are not what Upload-Checksum says: none of them were kept.",
                                                     call.request.id, checksum_mismatch);
            add_state(response, uploads.get(id));
            co_return response;
        }
    }
    const ResumableUpload after = co_await uploads.await_document(id);
    HttpResponse response = after.error ? problem_of(call, *after.error) : std::move(success);
    add_state(response, after);
    if (!after.state.document_id.empty() && response.status == 204)
        response.headers.set("Location", "/api/documents/" + after.state.document_id);
    co_return response;
}

}  // namespace

Task<HttpResponse> upload_options(Call call) {
    HttpResponse response = no_content();
    response.headers.set("Tus-Version", std::string(tus::version));
    response.headers.set("Tus-Extension", std::string(tus::extensions));
    response.headers.set("Tus-Max-Size", std::to_string(call.max_upload_bytes));
    response.headers.set("Tus-Checksum-Algorithm", std::string(tus::checksum_algorithms));
    co_return response;
}

Task<HttpResponse> create_upload(Call call) {
    if (std::optional<HttpResponse> refusal = wrong_version(call)) co_return std::move(*refusal);
    const HttpFields& headers = call.request.headers;
    if (headers.find("upload-defer-length"))
        throw Error(errc::invalid_argument, "The length must be known at the start: send Upload-Length.");
    if (headers.find("upload-concat")) throw Error(errc::invalid_argument, "Uploads cannot be joined: send the file as one upload.");
    const std::uint64_t length = tus::parse_number("Upload-Length", headers.find("upload-length"));
    const std::string metadata(headers.value("upload-metadata"));
    tus::Metadata known = tus::parse_metadata(metadata);
    const bool has_piece = call.request.body != nullptr;
    if (has_piece && media_type_of(headers.value("content-type")) != tus::piece_type)
        throw Error(errc::unsupported, fmt::format("Send the first bytes as {}.", tus::piece_type));
    if (call.request.content_length.value_or(0) > length)
        throw Error(errc::too_large, fmt::format("More bytes were announced than the {} of this upload (Upload-Length).", length));

    NewUpload wanted{.length = length, .name = std::move(known.name), .media_type = std::move(known.media_type), .metadata = metadata};
    const ResumableUpload upload = co_await call.services.uploads.acreate(std::move(wanted));
    HttpResponse response{.status = 201};
    response.headers.set("Location", upload_path(upload.state.id));
    add_state(response, upload);
    if (!has_piece) co_return response;
    co_return co_await take_piece(call, upload.state.id, 0, std::move(response));
}

Task<HttpResponse> get_upload(Call call) {
    const bool is_head = call.request.method == "HEAD";
    if (is_head) {
        if (std::optional<HttpResponse> refusal = wrong_version(call)) co_return std::move(*refusal);
    }
    const ResumableUpload upload = call.services.uploads.get(call.arguments[0]);
    HttpResponse response = json_response(200, to_json(upload));
    add_state(response, upload);
    response.headers.set("Upload-Length", std::to_string(upload.state.length));
    if (!upload.state.metadata.empty()) response.headers.set("Upload-Metadata", upload.state.metadata);
    co_return response;
}

Task<HttpResponse> patch_upload(Call call) {
    if (std::optional<HttpResponse> refusal = wrong_version(call)) co_return std::move(*refusal);
    if (media_type_of(call.request.headers.value("content-type")) != tus::piece_type)
        throw Error(errc::unsupported, fmt::format("Send the bytes as {}.", tus::piece_type));
    const std::uint64_t offset = tus::parse_number("Upload-Offset", call.request.headers.find("upload-offset"));
    co_return co_await take_piece(call, call.arguments[0], offset, no_content());
}

Task<HttpResponse> delete_upload(Call call) {
    if (std::optional<HttpResponse> refusal = wrong_version(call)) co_return std::move(*refusal);
    const std::string id = call.arguments[0];
    const ResumableUpload upload = call.services.uploads.get(id);
    if (upload.finishing) {
        co_return problem_response(errc::conflict, "This upload is becoming a document right now: remove the document instead.",
                                   call.request.id, locked);
    }
    co_await call.services.uploads.aremove(id);
    co_return no_content();
}

/// For clients that can send nothing but POST.
Task<HttpResponse> post_upload(Call call) {
    const std::string_view method = call.request.headers.value("x-http-method-override");
    if (method == "PATCH") co_return co_await patch_upload(call);
    if (method == "DELETE") co_return co_await delete_upload(call);
    throw Error(errc::method_not_allowed, "POST needs X-HTTP-Method-Override here: PATCH or DELETE.");
}

}  // namespace docmind
