#include "net/response_wire.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace docmind::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

/// IMF-fixdate (RFC 9110, 5.6.7), made anew once a second.
const std::string& http_date() {
    thread_local std::string text;
    thread_local std::time_t made = 0;
    const std::time_t now = std::time(nullptr);
    if (now != made) {
        std::array<char, 40> buffer{};
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        text.assign(buffer.data(), std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
        made = now;
    }
    return text;
}

bool is_the_servers(std::string_view name) {
    static constexpr std::array<std::string_view, 5> names{"connection", "content-length", "date", "transfer-encoding", "x-request-id"};
    return std::ranges::any_of(names, [&](std::string_view one) { return iequals(one, name); });
}

bool breaks_a_line(char c) {
    return c == '\r' || c == '\n' || c == '\0';
}

}  // namespace

std::string response_head(const HttpResponse& response, const std::string& id, Framing framing, bool keep_alive) {
    http::response<http::empty_body> message;
    message.version(11);
    message.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) {
        if (is_the_servers(name)) continue;
        std::string line = value;
        std::erase_if(line, breaks_a_line);
        message.insert(name, line);
    }
    message.set(http::field::date, http_date());
    message.set("X-Request-Id", id);
    message.set(http::field::connection, keep_alive ? "keep-alive" : "close");
    if (framing == Framing::chunked) message.set(http::field::transfer_encoding, "chunked");
    if (framing == Framing::length) {
        message.set(http::field::content_length,
                    std::to_string(response.stream ? response.stream_bytes.value_or(0) : response.body.size()));
    }
    http::response_serializer<http::empty_body> serializer(message);
    serializer.split(true);
    std::string head;
    boost::system::error_code error;
    serializer.next(error, [&head](boost::system::error_code&, const auto& buffers) { head = beast::buffers_to_string(buffers); });
    return head;
}

std::string chunk_of(const std::string& bytes) {
    if (bytes.empty()) return beast::buffers_to_string(http::make_chunk_last());
    return beast::buffers_to_string(http::make_chunk(asio::buffer(bytes)));
}

}  // namespace docmind::detail
