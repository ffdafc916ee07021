#include "net/request_parser.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::string_literals;

struct Parsed {
    std::optional<RequestHead> head;
    int refused = 0;
    std::string body;
    bool ended = false;
    bool malformed = false;
    std::string rest;  // what belongs to the next request
};

/// Feeds `bytes` in pieces: the first of `first` bytes, the others of `size`.
Parsed in_pieces(const std::string& bytes, std::size_t first, std::size_t size, RequestParser::Params params) {
    RequestParser parser(params);
    Parsed out;
    for (std::size_t at = 0; at < bytes.size() && !out.malformed;) {
        const std::size_t piece = at == 0 && first > 0 ? first : size;
        out.rest += bytes.substr(at, piece);
        at += piece;
        if (!out.head) {
            auto taken = parser.take_head(out.rest);
            if (const auto* refusal = std::get_if<HeadRefusal>(&taken)) {
                out.refused = refusal->status;
                return out;
            }
            out.head = std::move(std::get<std::optional<RequestHead>>(taken));
        }
        while (out.head && !parser.body_ended()) {
            try {
                const std::string got = parser.take_body(out.rest);
                if (got.empty()) break;
                out.body += got;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), errc::invalid_argument);
                out.malformed = true;
                break;
            }
        }
    }
    out.ended = out.head && parser.body_ended();
    return out;
}

/// The request, having checked that no way of cutting it makes a difference.
Parsed parse(const std::string& bytes, RequestParser::Params params = {}) {
    const Parsed whole = in_pieces(bytes, bytes.size(), bytes.size(), params);
    const auto check = [&](const Parsed& other, std::size_t at) {
        EXPECT_EQ(other.head.has_value(), whole.head.has_value()) << "cut at " << at;
        EXPECT_EQ(other.refused, whole.refused) << "cut at " << at;
        EXPECT_EQ(other.malformed, whole.malformed) << "cut at " << at;
        EXPECT_EQ(other.ended, whole.ended) << "cut at " << at;
        if (whole.ended) EXPECT_EQ(other.body, whole.body) << "cut at " << at;
        if (whole.ended) EXPECT_EQ(other.rest, whole.rest) << "cut at " << at;
    };
    check(in_pieces(bytes, 0, 1, params), 0);
    for (std::size_t at = 1; at < bytes.size() && bytes.size() < 1000; ++at) check(in_pieces(bytes, at, bytes.size(), params), at);
    return whole;
}

int refused(const std::string& bytes, RequestParser::Params params = {}) {
    return parse(bytes, params).refused;
}

/// A request with these lines between Host and the empty line.
std::string with_fields(const std::string& lines) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

const std::string chunked = with_fields("Transfer-Encoding: chunked\r\n");

TEST(RequestParser, takes_a_request_apart) {
    const Parsed parsed = parse("GET /a%20b/%C3%A4?q=x+y&q=%26&flag&=&z= HTTP/1.1\r\nHost: localhost:8080\r\nX-Odd:  spaced \t\r\n\r\n");
    ASSERT_TRUE(parsed.head);
    EXPECT_EQ(parsed.head->method, "GET");
    EXPECT_EQ(parsed.head->path, "/a b/\xC3\xA4");
    const std::vector<std::pair<std::string, std::string>> query{{"q", "x y"}, {"q", "&"}, {"flag", ""}, {"", ""}, {"z", ""}};
    EXPECT_EQ(parsed.head->query, query);
    EXPECT_EQ(parsed.head->fields.value("x-odd"), "spaced");
    EXPECT_TRUE(parsed.head->keep_alive);
    EXPECT_FALSE(parsed.head->has_body);
    EXPECT_TRUE(parsed.ended);
}

TEST(RequestParser, knows_when_the_connection_ends_with_the_request) {
    EXPECT_FALSE(parse(with_fields("Connection: close\r\n")).head.value().keep_alive);
    EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").head.value().keep_alive);
    EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.value().keep_alive);
}

TEST(RequestParser, one_empty_line_before_a_request_is_forgiven) {
    EXPECT_TRUE(parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").head);
    EXPECT_EQ(refused("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestParser, refuses_a_body_of_two_lengths) {
    EXPECT_EQ(refused(with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Content-Length: 5\r\nContent-Length: 6\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Content-Length: 5\r\nContent-Length: 5\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Content-Length: 5, 5\r\n")), 400);
}

TEST(RequestParser, refuses_a_length_that_is_no_plain_number) {
    for (const std::string bad : {"", "-1", "+5", "0x5", "5 5", "5;", "1e1", "18446744073709551616"}) {
        EXPECT_EQ(refused(with_fields("Content-Length: " + bad + "\r\n")), 400) << bad;
    }
}

TEST(RequestParser, refuses_transfer_encodings_whose_end_cannot_be_told) {
    for (const std::string bad : {"chunked, identity", "identity", "gzip", "xchunked", "chunked;q=1", ""}) {
        EXPECT_EQ(refused(with_fields("Transfer-Encoding: " + bad + "\r\n")), 400) << bad;
    }
    EXPECT_EQ(refused(with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")), 400);
    EXPECT_EQ(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(refused(with_fields("Transfer-Encoding: gzip, chunked\r\n")), 501);
    EXPECT_TRUE(parse(with_fields("transfer-encoding: CHUNKED\r\n")).head);
}

TEST(RequestParser, refuses_header_lines_that_others_might_read_differently) {
    EXPECT_EQ(refused(with_fields("A: b\r\n folded\r\n")), 400);
    EXPECT_EQ(refused(with_fields("\tfolded\r\n")), 400);
    EXPECT_EQ(refused(with_fields("A: b\nC: d\r\n")), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\nHost: a\n\n"), 400);
    EXPECT_EQ(refused(with_fields("A: b\rC: d\r\n")), 400);
    EXPECT_EQ(refused(with_fields("A: b\0c\r\n"s)), 400);
    EXPECT_EQ(refused(with_fields("A\0: b\r\n"s)), 400);
    EXPECT_EQ(refused(with_fields("A : b\r\n")), 400);
    EXPECT_EQ(refused(with_fields("Content-Length : 5\r\n")), 400);
    EXPECT_EQ(refused(with_fields(": b\r\n")), 400);
    EXPECT_EQ(refused(with_fields("no colon\r\n")), 400);
    EXPECT_EQ(refused(with_fields("A: b\x01\r\n")), 400);
}

TEST(RequestParser, refuses_a_request_line_that_is_not_exactly_one) {
    for (const std::string bad :
         {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET /", "GET / x HTTP/1.1", "G(T / HTTP/1.1", "GET /\t HTTP/1.1", "GET / HTTP/1.1 ",
          "GET / http/1.1", "GET http://a/ HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT a:80 HTTP/1.1", "GET /%zz HTTP/1.1",
          "GET /%00 HTTP/1.1", "GET /%ff HTTP/1.1", "GET /?q=%ff HTTP/1.1"}) {
        EXPECT_EQ(refused(bad + "\r\nHost: a\r\n\r\n"), 400) << bad;
    }
    EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
}

TEST(RequestParser, wants_exactly_one_host) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
    EXPECT_TRUE(parse("GET / HTTP/1.0\r\n\r\n").head);
}

TEST(RequestParser, a_url_of_eight_kibibytes_is_the_longest) {
    const auto get = [](std::size_t length) { return "GET /" + std::string(length - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
    EXPECT_TRUE(parse(get(8192)).head);
    EXPECT_EQ(refused(get(8193)), 414);
    // Nor is more of it waited for.
    EXPECT_EQ(refused("GET /" + std::string(9000, 'x')), 414);
}

TEST(RequestParser, a_header_of_eight_kibibytes_is_the_longest) {
    const auto get = [](std::size_t length) {
        return "GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(length - 9 - 3 - 4, 'x') + "\r\n\r\n";  // with all line ends
    };
    EXPECT_TRUE(parse(get(8192)).head);
    EXPECT_EQ(refused(get(8193)), 431);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(9000, 'x')), 431);
}

TEST(RequestParser, a_hundred_header_fields_are_the_most) {
    const auto get = [](int count) {
        std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (int i = 1; i < count; ++i) bytes += "A: b\r\n";
        return bytes + "\r\n";
    };
    EXPECT_EQ(parse(get(100)).head.value().fields.size(), 100U);
    EXPECT_EQ(refused(get(101)), 431);
}

TEST(RequestParser, takes_a_body_of_known_length_and_leaves_the_next_request) {
    const Parsed parsed = parse(with_fields("Content-Length: 5\r\n") + "helloGET /next");
    ASSERT_TRUE(parsed.head);
    EXPECT_TRUE(parsed.head->has_body);
    EXPECT_EQ(parsed.head->content_length, 5U);
    EXPECT_EQ(parsed.body, "hello");
    EXPECT_TRUE(parsed.ended);
    EXPECT_EQ(parsed.rest, "GET /next");
    EXPECT_FALSE(parse(with_fields("Content-Length: 5\r\n") + "hell").ended);
    EXPECT_FALSE(parse(with_fields("Content-Length: 0\r\n")).head.value().has_body);
}

TEST(RequestParser, joins_the_chunks_of_a_body_however_they_are_cut) {
    const Parsed parsed = parse(chunked + "5\r\nhello\r\nA;ext=\"1\"\r\n, world!!!\r\n1\r\n.\r\n000\r\nTrailer: x\r\n\r\nGET /next");
    ASSERT_TRUE(parsed.head);
    EXPECT_TRUE(parsed.head->has_body);
    EXPECT_EQ(parsed.head->content_length, std::nullopt);
    EXPECT_EQ(parsed.body, "hello, world!!!.");
    EXPECT_TRUE(parsed.ended);
    EXPECT_EQ(parsed.rest, "GET /next");
    EXPECT_TRUE(parse(chunked + "0\r\n\r\n").ended);
    EXPECT_FALSE(parse(chunked + "5\r\nhello\r\n").ended);
}

TEST(RequestParser, refuses_malformed_chunks) {
    for (const std::string& bad :
         {"g\r\n"s, "-1\r\n"s, "0x1\r\na\r\n"s, " 1\r\na\r\n"s, "1\na\n0\n\n\r\n"s, "1\r\nab\r\n"s, "1\r\na\n0\r\n\r\n"s,
          "10000000000000000\r\n"s, "\r\n"s, ";x\r\n"s, "1 2\r\na\r\n"s, "0\r\nContent-Length: 5\r\n\r\n"s}) {
        EXPECT_TRUE(parse(chunked + bad).malformed) << bad;
    }
}

TEST(RequestParser, chunk_framing_that_never_ends_is_refused) {
    EXPECT_TRUE(parse(chunked + "1;" + std::string(20'000, 'x')).malformed);
    EXPECT_TRUE(parse(chunked + "0\r\nA: " + std::string(20'000, 'x')).malformed);
}

TEST(RequestParser, a_body_is_given_in_pieces_of_at_most_64_kibibytes) {
    RequestParser parser({});
    std::string bytes = with_fields("Content-Length: 200000\r\n") + std::string(200'000, 'x');
    ASSERT_TRUE(std::get<std::optional<RequestHead>>(parser.take_head(bytes)));
    EXPECT_EQ(parser.body_left(), 200'000U);
    std::size_t total = 0;
    while (!parser.body_ended()) {
        const std::string piece = parser.take_body(bytes);
        ASSERT_FALSE(piece.empty());
        ASSERT_LE(piece.size(), 64U * 1024);
        total += piece.size();
        EXPECT_EQ(parser.body_left(), 200'000U - total);
    }
    EXPECT_EQ(total, 200'000U);
}

TEST(RequestParser, takes_pipelined_requests_one_after_another) {
    std::string bytes = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + chunked + "1\r\nx\r\n0\r\n\r\n" +
                        "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n";
    std::vector<std::string> paths;
    while (!bytes.empty()) {
        RequestParser parser({});
        auto taken = parser.take_head(bytes);
        auto* head = std::get_if<std::optional<RequestHead>>(&taken);
        ASSERT_TRUE(head != nullptr && head->has_value());
        std::string body;
        while (!parser.body_ended()) body += parser.take_body(bytes);
        paths.push_back((*head)->path + ":" + body);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"/1:hi", "/x:x", "/3:"}));
}

TEST(RequestParser, hears_that_the_client_waits_for_leave_to_send_its_body) {
    EXPECT_TRUE(parse(with_fields("Expect: 100-Continue\r\nContent-Length: 1\r\n")).head.value().expects_continue);
    EXPECT_FALSE(parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").head.value().expects_continue);
}

}  // namespace
}  // namespace docmind
