#include "net/request_parser.hpp"

#include <docmind/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <charconv>

namespace docmind {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t max_body_chunk = 64 * 1024;
/// No line of the chunked framing, and no trailer section, needs more than this before anything can be taken.
constexpr std::size_t max_framing_bytes = 16 * 1024;
/// What stands in a request line beside the target: a method, two spaces, the version and a line break.
constexpr std::size_t max_line_rest = 48;

HeadRefusal refusal(int status, std::string detail) {
    return {.status = status, .detail = std::move(detail)};
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Fills in path and query; false where an escape is broken or something is no UTF-8.
bool decode_target(std::string_view target, RequestHead& head) {
    const std::size_t mark = target.find('?');
    std::optional<std::string> path = percent_decode(target.substr(0, mark));
    if (!path || !is_valid_utf8(*path)) return false;
    head.path = std::move(*path);
    std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        std::optional<std::string> name = percent_decode(pair.substr(0, equals), true);
        std::optional<std::string> value = equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
        if (!name || !value || !is_valid_utf8(*name) || !is_valid_utf8(*value)) return false;
        head.query.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

/// How the body is framed, and whether the fields contradict each other.
std::optional<HeadRefusal> interpret(RequestHead& head) {
    const HttpFields& fields = head.fields;
    const std::size_t hosts = fields.count("host");
    if (hosts > 1 || (hosts == 0 && !head.http_1_0)) return refusal(400, "Exactly one Host header is needed.");
    const std::size_t lengths = fields.count("content-length");
    const std::size_t encodings = fields.count("transfer-encoding");
    if (lengths > 1) return refusal(400, "There is more than one Content-Length.");
    if (lengths == 1 && encodings > 0) return refusal(400, "Content-Length and Transfer-Encoding exclude each other.");
    if (encodings > 0) {
        if (head.http_1_0) return refusal(400, "HTTP/1.0 has no transfer encodings.");
        // Where chunked is not the last coding nobody can tell where the body ends (RFC 9112, 6.3).
        const std::string_view codings = fields.value("transfer-encoding");
        const std::size_t comma = codings.rfind(',');
        const std::string_view last = comma == std::string_view::npos ? codings : codings.substr(comma + 1);
        if (encodings > 1 || !iequals(trim(last), "chunked")) return refusal(400, "Transfer-Encoding must end in chunked, once.");
        if (comma != std::string_view::npos) return refusal(501, "Only the transfer encoding \"chunked\" is understood.");
    }
    if (lengths == 1) {
        head.content_length = parse_length(fields.value("content-length"));
        if (!head.content_length) return refusal(400, "Content-Length is not one number.");
    }
    head.has_body = encodings > 0 || head.content_length.value_or(0) > 0;
    head.expects_continue = !head.http_1_0 && iequals(fields.value("expect"), "100-continue");
    return std::nullopt;
}

HeadRefusal refusal_of(const boost::system::error_code& error, std::string_view request_line) {
    if (error == http::error::header_limit) return refusal(431, "The header is too long.");
    if (error == http::error::bad_version && std::ranges::count(request_line, ' ') == 2 &&
        request_line.substr(request_line.rfind(' ') + 1).starts_with("HTTP/")) {
        return refusal(505, "Only HTTP/1.1 is spoken here.");
    }
    return refusal(400, "The request is malformed: " + error.message() + ".");
}

}  // namespace

struct RequestParser::State {
    http::request_parser<http::buffer_body> parser;
};

RequestParser::RequestParser(Params params) : params_(params), state_(std::make_unique<State>()) {
    // The limits are the scan's, which knows what each of them is about; the body's is the handler's.
    state_->parser.header_limit(
        static_cast<std::uint32_t>(params.max_head_bytes + params.max_target_bytes + max_line_rest + max_framing_bytes));
    state_->parser.body_limit(boost::none);
    state_->parser.eager(true);
}

RequestParser::~RequestParser() = default;

/// Goes over what came since the last call, so that a head sent byte by byte costs no more than one sent at once.
std::optional<HeadRefusal> RequestParser::scan(std::string_view bytes) {
    for (; scanned_ < bytes.size() && head_end_ == 0; ++scanned_) {
        const char c = bytes[scanned_];
        const std::size_t in_line = scanned_ - line_begin_;
        if (lines_ == 0 && in_line >= params_.max_target_bytes + max_line_rest) return refusal(414, "The URL is too long.");
        if (lines_ > 0 && scanned_ - fields_begin_ >= params_.max_head_bytes) return refusal(431, "The header is too long.");
        if (c == '\0') return refusal(400, "The header has a NUL.");
        if (c != '\n' && scanned_ > 0 && bytes[scanned_ - 1] == '\r') return refusal(400, "Lines must end with CR LF.");
        if (in_line == 0 && (c == ' ' || c == '\t'))
            return refusal(400, lines_ == 0 ? "The request line is malformed." : "Header lines must not be folded.");
        if (c != '\n') continue;
        if (in_line == 0 || bytes[scanned_ - 1] != '\r') return refusal(400, "Lines must end with CR LF.");
        if (in_line == 1) head_end_ = scanned_ + 1;
        line_begin_ = scanned_ + 1;
        if (lines_ == 0) fields_begin_ = line_begin_;
        // The request line and the empty line are no fields.
        if (++lines_ > params_.max_fields + 1 && head_end_ == 0) return refusal(431, "There are too many header lines.");
    }
    return std::nullopt;
}

std::variant<std::optional<RequestHead>, HeadRefusal> RequestParser::take_head(std::string& bytes) {
    if (!begun_) {
        // One empty line before a request is forgiven (RFC 9112, 2.2).
        if (bytes.empty() || bytes == "\r") return std::nullopt;
        if (bytes.starts_with("\r\n")) bytes.erase(0, 2);
        begun_ = true;
    }
    if (auto bad = scan(bytes)) return std::move(*bad);
    if (head_end_ == 0) return std::nullopt;

    const std::string_view line = std::string_view(bytes).substr(0, bytes.find("\r\n"));
    auto& parser = state_->parser;
    boost::system::error_code error;
    parser.put(asio::buffer(bytes.data(), head_end_), error);
    if (error || !parser.is_header_done()) return refusal_of(error, line);
    const auto& message = parser.get();
    const std::string_view target = message.target();
    if (target.size() > params_.max_target_bytes) return refusal(414, "The URL is too long.");
    if (!target.starts_with('/')) return refusal(400, "The request target must be a path.");

    RequestHead head;
    head.method = message.method_string();
    head.http_1_0 = message.version() == 10;
    head.keep_alive = parser.keep_alive();
    for (const auto& field : message) head.fields.add(std::string(field.name_string()), std::string(field.value()));
    if (!decode_target(target, head)) return refusal(400, "The URL has a broken escape or is not UTF-8.");
    if (auto bad = interpret(head)) return std::move(*bad);
    bytes.erase(0, head_end_);
    return std::optional(std::move(head));
}

std::string RequestParser::take_body(std::string& bytes) {
    auto& parser = state_->parser;
    std::string chunk;
    while (!bytes.empty() && !parser.is_done() && chunk.empty()) {
        chunk.resize(std::min(bytes.size(), max_body_chunk));
        auto& body = parser.get().body();
        body.data = chunk.data();
        body.size = chunk.size();
        body.more = true;
        boost::system::error_code error;
        const std::size_t used = parser.put(asio::buffer(bytes), error);
        chunk.resize(chunk.size() - body.size);
        bytes.erase(0, used);
        const bool waits = error == http::error::need_more || error == http::error::need_buffer;
        if ((error && !waits) || (used == 0 && bytes.size() > max_framing_bytes)) {
            throw Error(errc::invalid_argument, "The chunked request body is malformed.");
        }
        if (used == 0) break;
    }
    return chunk;
}

bool RequestParser::body_ended() const noexcept {
    return state_->parser.is_done();
}

std::optional<std::uint64_t> RequestParser::body_left() const noexcept {
    if (body_ended()) return 0;
    if (state_->parser.chunked()) return std::nullopt;
    const auto left = state_->parser.content_length_remaining();
    return left ? std::optional<std::uint64_t>(*left) : std::nullopt;
}

}  // namespace docmind
