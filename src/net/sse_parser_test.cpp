#include "net/sse_parser.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http_message.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// The events as text that can be compared: event|data|id.
std::vector<std::string> seen(std::vector<SseMessage> messages) {
    std::vector<std::string> all;
    for (const SseMessage& m : messages) all.push_back(m.event + "|" + m.data + "|" + m.id);
    return all;
}

std::vector<std::string> in_pieces(const std::string& bytes, std::size_t first, std::size_t size) {
    SseParser parser;
    std::vector<std::string> all = seen(parser.feed(std::string_view(bytes).substr(0, first)));
    for (std::size_t at = first; at < bytes.size(); at += size) {
        const auto more = seen(parser.feed(std::string_view(bytes).substr(at, size)));
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

/// The events of the whole, having checked that no way of cutting it makes a difference.
std::vector<std::string> parse(const std::string& bytes) {
    const std::vector<std::string> whole = in_pieces(bytes, bytes.size(), 1);
    EXPECT_EQ(in_pieces(bytes, 0, 1), whole) << "byte by byte";
    for (std::size_t at = 0; at < bytes.size(); ++at) EXPECT_EQ(in_pieces(bytes, at, bytes.size()), whole) << "cut at " << at;
    return whole;
}

using Events = std::vector<std::string>;

TEST(SseParser, joins_the_data_lines_of_one_event) {
    EXPECT_EQ(parse("data: one\ndata: two\ndata:\n\n"), Events{"message|one\ntwo\n|"});
}

TEST(SseParser, takes_line_ends_of_every_kind_and_mixed) {
    EXPECT_EQ(parse("data: a\n\ndata: b\n\n"), (Events{"message|a|", "message|b|"}));
    EXPECT_EQ(parse("data: a\r\n\r\ndata: b\r\n\r\n"), (Events{"message|a|", "message|b|"}));
    EXPECT_EQ(parse("data: a\r\rdata: b\r\r"), (Events{"message|a|", "message|b|"}));
    EXPECT_EQ(parse("data: a\r\ndata: b\rdata: c\ndata: d\r\n\ndata: e\n\r\n"), (Events{"message|a\nb\nc\nd|", "message|e|"}));
}

TEST(SseParser, drops_one_space_after_the_colon_and_needs_none) {
    EXPECT_EQ(parse("data:a\n\ndata: b\n\ndata:  c\n\n"), (Events{"message|a|", "message|b|", "message| c|"}));
}

TEST(SseParser, skips_a_byte_order_mark_at_the_start_only) {
    EXPECT_EQ(parse("\xEF\xBB\xBF"
                    "data: a\n\n"),
              Events{"message|a|"});
    EXPECT_EQ(parse("data: a\n\n\xEF\xBB\xBF"
                    "data: b\n\ndata: c\n\n"),
              (Events{"message|a|", "message|c|"}));
}

TEST(SseParser, skips_comments_and_unknown_fields) {
    EXPECT_EQ(parse(": heartbeat\n\n:\n\ndata: a\n: between\nfoo: bar\ndata\nData: x\n\n"), Events{"message|a\n|"});
}

TEST(SseParser, an_event_without_data_is_none) {
    EXPECT_EQ(parse("event: ping\n\ndata: a\n\n"), Events{"message|a|"});
}

TEST(SseParser, an_empty_data_line_is_an_event) {
    EXPECT_EQ(parse("data:\n\ndata\n\n"), (Events{"message||", "message||"}));
}

TEST(SseParser, the_event_name_holds_for_one_event_and_the_id_for_all_that_follow) {
    EXPECT_EQ(parse("id: 1\nevent: delta\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"), (Events{"delta|a|1", "message|b|1", "message|c|"}));
}

TEST(SseParser, an_id_with_a_nul_is_ignored) {
    EXPECT_EQ(parse("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"s), (Events{"message|a|1", "message|b|1"}));
}

TEST(SseParser, a_character_may_be_cut_anywhere) {
    EXPECT_EQ(parse("data: \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\n\n"), Events{"message|\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80|"});
}

TEST(SseParser, repairs_what_is_no_utf8) {
    const Events events = parse("event: \xFFx\nid: \xFF\ndata: a\xC3\n\n");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(is_valid_utf8(events.front()));
    EXPECT_EQ(events.front(), "\xEF\xBF\xBDx|a\xEF\xBF\xBD|\xEF\xBF\xBD");
}

TEST(SseParser, an_event_that_the_end_cuts_off_is_not_given) {
    EXPECT_EQ(parse("data: a\n\ndata: b"), Events{"message|a|"});
    EXPECT_EQ(parse("data: a\n\ndata: b\n"), Events{"message|a|"});
}

TEST(SseParser, gives_an_event_as_soon_as_its_empty_line_is_there) {
    SseParser parser;
    EXPECT_TRUE(parser.feed("data: a\r\n").empty());
    // Whether a line feed follows need not be known.
    EXPECT_EQ(seen(parser.feed("\r")), Events{"message|a|"});
    EXPECT_EQ(seen(parser.feed("\ndata: b\r\n\r\n")), Events{"message|b|"});
}

TEST(SseParser, hears_how_long_to_wait_before_a_retry) {
    SseParser parser;
    EXPECT_EQ(parser.retry(), std::nullopt);
    EXPECT_TRUE(parser.feed("retry: 1500\n\nretry: 1x\nretry: -1\nretry:\nretry: 99999999999999999999\n\n").empty());
    EXPECT_EQ(parser.retry(), 1500ms);
}

TEST(SseParser, a_line_of_one_mebibyte_is_taken_and_a_longer_one_is_refused) {
    constexpr std::size_t limit = 1024 * 1024;
    SseParser parser;
    const std::string most = "data: " + std::string(limit - 6, 'x');
    EXPECT_TRUE(parser.feed(most).empty());
    const auto events = parser.feed("\n\n");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events.front().data.size(), limit - 6);

    EXPECT_TRUE(parser.feed(most).empty());
    EXPECT_THROW((void)parser.feed("x"), Error);
}

TEST(SseParser, a_line_that_never_ends_is_refused_before_it_is_held) {
    SseParser parser;
    const std::string piece(16 * 1024, 'x');
    std::size_t fed = 0;
    try {
        for (; fed < 1024; ++fed) (void)parser.feed(piece);
        FAIL() << "16 MiB were taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::backend);
    }
    EXPECT_EQ(fed, 64U);  // one mebibyte
}

TEST(SseParser, an_event_of_many_lines_has_a_limit_too) {
    SseParser parser({.max_line_bytes = 100, .max_event_bytes = 1000});
    const std::string line = "data: " + std::string(93, 'x') + "\n";
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(parser.feed(line).empty());
    EXPECT_EQ(seen(parser.feed("\n")).size(), 1U);  // and begins anew with the next event
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(parser.feed(line).empty());
    EXPECT_THROW((void)parser.feed(line), Error);
}

}  // namespace
}  // namespace docmind
