#pragma once
// The forms answers come in, and the one JSON form questions come in.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string_view>

#include "net/http_server.hpp"

namespace docmind {

[[nodiscard]] int status_of(errc code) noexcept;

[[nodiscard]] HttpResponse json_response(int status, const boost::json::value& body);
/// RFC 9457. `status` 0 = the code's own.
[[nodiscard]] HttpResponse problem_response(errc code, std::string_view detail, std::string_view request_id, int status = 0);
[[nodiscard]] HttpResponse no_content();
/// On every response: nothing of it is run, framed or guessed by a browser.
void add_security_headers(HttpResponse& response);
/// The object in the request's body. Errors: unsupported (another Content-Type), too_large (over 1 MiB), invalid_argument, and the body's
/// own.
Task<boost::json::object> read_json(HttpRequest* request);

}  // namespace docmind
