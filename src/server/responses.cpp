#include "server/responses.hpp"

#include <boost/json/serialize.hpp>

#include "server/json.hpp"

namespace docmind {
namespace {

constexpr std::size_t max_json_bytes = 1 << 20;

constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri "
    "'none'; frame-ancestors 'none'";

}  // namespace

int status_of(errc code) noexcept {
    switch (code) {
        case errc::invalid_argument: return 400;
        case errc::unauthorized: return 401;
        case errc::forbidden: return 403;
        case errc::not_found: return 404;
        case errc::method_not_allowed: return 405;
        case errc::conflict: return 409;
        case errc::too_large: return 413;
        case errc::unsupported: return 415;
        case errc::empty_document: return 400;
        case errc::encrypted: return 422;
        case errc::corrupt: return 422;
        case errc::overloaded: return 429;
        case errc::timeout: return 504;
        case errc::unavailable: return 503;
        case errc::backend: return 502;
        case errc::storage: return 500;
        case errc::storage_full: return 507;
        case errc::internal: return 500;
    }
    return 500;
}

HttpResponse json_response(int status, const boost::json::value& body) {
    HttpResponse response{.status = status};
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.headers.add("Cache-Control", "no-store");
    response.body = boost::json::serialize(body);
    return response;
}

HttpResponse problem_response(errc code, std::string_view detail, std::string_view request_id, int status) {
    if (status == 0) status = status_of(code);
    HttpResponse response{.status = status};
    response.headers.add("Content-Type", "application/problem+json");
    response.headers.add("Cache-Control", "no-store");
    if (status == 401) response.headers.add("WWW-Authenticate", "Bearer");
    if (status == 429 || status == 503) response.headers.add("Retry-After", "2");
    response.body = boost::json::serialize(problem_json(code, status, detail, request_id));
    return response;
}

HttpResponse no_content() {
    return {.status = 204};
}

void add_security_headers(HttpResponse& response) {
    response.headers.set("Content-Security-Policy", content_security_policy);
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Referrer-Policy", "no-referrer");
    response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

Task<boost::json::object> read_json(HttpRequest* request) {
    if (media_type_of(request->headers.value("content-type")) != "application/json") {
        throw Error(errc::unsupported, "Send this as JSON, with Content-Type: application/json.");
    }
    const std::string body = co_await read_all(request->body, request->content_length, max_json_bytes);
    const boost::json::value value = parse_json(body);
    if (!value.is_object()) throw Error(errc::invalid_argument, "Expected a JSON object.");
    co_return value.get_object();
}

}  // namespace docmind
