#include "net/response_wire.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind::detail {
namespace {

std::string head_of(HttpFields fields, Framing framing = Framing::length, int status = 200) {
    HttpResponse response;
    response.status = status;
    response.headers = std::move(fields);
    response.body = "hello";
    return response_head(response, "the-id", framing, true);
}

std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

TEST(ResponseHead, is_a_status_line_and_fields_and_an_empty_line) {
    const std::string head = head_of({{"Set-Cookie", "a=1"}, {"X-Odd", "y"}, {"Set-Cookie", "b=2"}});
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
    for (const char* line :
         {"Set-Cookie: a=1", "Set-Cookie: b=2", "X-Odd: y", "X-Request-Id: the-id", "Content-Length: 5", "Connection: keep-alive"}) {
        EXPECT_EQ(count(head, "\r\n" + std::string(line) + "\r\n"), 1U) << line << " in " << head;
    }
    EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4);
}

TEST(ResponseHead, a_value_cannot_begin_another_line) {
    const std::string head = head_of({{"X", std::string("a\r\nEvil: b\n\0c", 13)}});
    EXPECT_EQ(count(head, "\r\nX: aEvil: bc\r\n"), 1U) << head;
}

TEST(ResponseHead, what_is_the_servers_is_not_the_handlers) {
    const std::string head =
        head_of({{"content-length", "99"}, {"Transfer-Encoding", "gzip"}, {"Connection", "upgrade"}, {"DATE", "x"}, {"x-request-id", "y"}});
    EXPECT_EQ(count(head, "ontent-"), 1U);
    EXPECT_EQ(count(head, "ransfer-"), 0U);
    EXPECT_EQ(count(head, "upgrade") + count(head, ": x\r\n") + count(head, ": y\r\n"), 0U);
}

TEST(ResponseHead, tells_one_end_of_the_body_at_most) {
    EXPECT_EQ(count(head_of({}, Framing::chunked), "Transfer-Encoding: chunked\r\n"), 1U);
    EXPECT_EQ(count(head_of({}, Framing::chunked), "Content-Length"), 0U);
    for (const Framing framing : {Framing::none, Framing::close}) {
        EXPECT_EQ(count(head_of({}, framing), "Transfer-Encoding") + count(head_of({}, framing), "Content-Length"), 0U);
    }
}

TEST(ChunkOf, has_its_length_in_hexadecimal_and_the_last_has_none) {
    EXPECT_EQ(chunk_of(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
    EXPECT_EQ(chunk_of(""), "0\r\n\r\n");
}

}  // namespace
}  // namespace docmind::detail
