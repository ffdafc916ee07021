#include "readers/document_assembler.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

namespace docmind {
namespace {

namespace protocol = worker_protocol;

constexpr std::uint64_t plenty = 1 << 26;

Page make_page(int number, std::string text, std::vector<WordBox> words = {}) {
    return {.number = number, .text = std::move(text), .width = 100, .height = 50, .words = std::move(words)};
}

std::string header() {
    return protocol::encode(protocol::DocumentHeader{"text/plain", {{"title", "A title"}}, 2});
}

std::string raw_frame(protocol::FrameType type, const std::string& payload) {
    const auto size = static_cast<std::uint32_t>(payload.size());
    std::string frame(reinterpret_cast<const char*>(&size), sizeof size);
    frame.push_back(static_cast<char>(type));
    return frame + payload;
}

/// Feeds the bytes in pieces; the document if they made one.
std::optional<Document> assemble(const std::string& bytes, std::size_t piece = 1000, std::uint64_t max_bytes = plenty) {
    protocol::FrameDecoder decoder;
    DocumentAssembler assembler(max_bytes);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        decoder.feed(std::string_view(bytes).substr(at, piece));
        while (const auto frame = decoder.next()) {
            if (assembler.take(*frame)) return assembler.take_document();
        }
    }
    return std::nullopt;
}

std::optional<errc> failure_of(const std::string& bytes, std::uint64_t max_bytes = plenty) {
    try {
        assemble(bytes, 1000, max_bytes);
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

std::string sample() {
    return header() + protocol::encode_heartbeat() +
           protocol::encode(make_page(1, "Hello wörld", {{0, 5, 1, 2, 3, 4}, {6, 12, 5, 6, 7, 8}})) + protocol::encode(make_page(2, "")) +
           protocol::encode(protocol::Done{2, {}});
}

TEST(DocumentAssembler, builds_what_was_sent_whatever_the_pieces) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{100'000}}) {
        const auto document = assemble(sample(), piece);
        ASSERT_TRUE(document);
        EXPECT_EQ(document->media_type, "text/plain");
        EXPECT_EQ(document->metadata.at("title"), "A title");
        ASSERT_EQ(document->pages.size(), 2u);
        EXPECT_EQ(document->pages[0].text, "Hello wörld");
        EXPECT_EQ(document->pages[0].width, 100);
        ASSERT_EQ(document->pages[0].words.size(), 2u);
        EXPECT_EQ(document->pages[0].words[1].begin, 6u);
        EXPECT_EQ(document->pages[0].words[1].x0, 5);
        EXPECT_EQ(document->pages[1].number, 2);
    }
}

TEST(DocumentAssembler, puts_a_text_of_many_frames_together_without_breaking_characters) {
    std::string text = "x";
    for (int i = 0; i < 300'000; ++i) text += "\u20AC";
    const auto document = assemble(header() + protocol::encode(make_page(1, text)) + protocol::encode(protocol::Done{1, {}}), 64 * 1024);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->pages.at(0).text, text);
}

TEST(DocumentAssembler, is_not_complete_before_the_last_byte) {
    const std::string whole = sample();
    for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(assemble(whole.substr(0, length))) << length;
}

TEST(DocumentAssembler, cleans_text_that_a_hostile_worker_did_not_and_then_trusts_no_offset_of_it) {
    const auto document = assemble(header() + protocol::encode(make_page(1, "a\u202Eb\x1b[0m\xFF", {{4, 5, 0, 0, 1, 1}})) +
                                   protocol::encode(protocol::Done{1, {}}));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->pages.at(0).text, "ab[0m\uFFFD");
    EXPECT_TRUE(document->pages.at(0).words.empty());
}

TEST(DocumentAssembler, cleans_metadata_and_messages) {
    const auto document = assemble(protocol::encode(protocol::DocumentHeader{"text/pl\x1b"
                                                                             "ain",
                                                                             {{"ti\u202Etle", "a\nb" + std::string(5000, 'x')}}}) +
                                   protocol::encode(make_page(1, "t")) + protocol::encode(protocol::Done{1, {}}));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->media_type, "text/plain");
    EXPECT_EQ(document->metadata.at("title").substr(0, 4), "a bx");
    EXPECT_LE(document->metadata.at("title").size(), 1000u);
    try {
        assemble(protocol::encode(protocol::Failure{errc::corrupt, "\x1b[2Jgone\n" + std::string(9000, 'y')}));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::corrupt);
        EXPECT_TRUE(std::string(error.what()).starts_with("[2Jgone y")) << error.what();
        EXPECT_LE(std::string(error.what()).size(), 500u);
    }
}

TEST(DocumentAssembler, gives_on_only_the_failures_a_reader_may_have) {
    EXPECT_EQ(failure_of(protocol::encode(protocol::Failure{errc::encrypted, "x"})), errc::encrypted);
    EXPECT_EQ(failure_of(protocol::encode(protocol::Failure{errc::unauthorized, "x"})), errc::internal);
}

TEST(DocumentAssembler, refuses_frames_out_of_order) {
    const std::string page = protocol::encode(make_page(1, "one", {{0, 3, 0, 0, 1, 1}}));
    EXPECT_EQ(failure_of(page), errc::backend) << "a page before the document";
    EXPECT_EQ(failure_of(header() + header()), errc::backend);
    EXPECT_EQ(failure_of(header() + raw_frame(protocol::FrameType::text, "x")), errc::backend);
    EXPECT_EQ(failure_of(header() + raw_frame(protocol::FrameType::words, std::string(24, '\0'))), errc::backend);
    EXPECT_EQ(failure_of(header() + page + raw_frame(protocol::FrameType::text, "x")), errc::backend) << "text after words";
    EXPECT_EQ(failure_of(header() + page + page), errc::backend) << "the same page again";
    EXPECT_EQ(failure_of(header() + protocol::encode(make_page(7, "x"))), errc::backend);
    EXPECT_EQ(failure_of(header() + page + protocol::encode(protocol::Done{2, {}})), errc::backend);
    EXPECT_EQ(failure_of(protocol::encode(protocol::Done{0, {}})), errc::backend);
    EXPECT_EQ(failure_of(header() + protocol::encode(protocol::Request{"a", "b", {}})), errc::backend);
}

TEST(DocumentAssembler, refuses_words_that_are_not_in_the_text) {
    for (const WordBox word :
         {WordBox{0, 99, 0, 0, 0, 0}, WordBox{2, 1, 0, 0, 0, 0}, WordBox{1, 1, 0, 0, 0, 0}, WordBox{2, 3, 0, 0, 0, 0}}) {
        EXPECT_EQ(failure_of(header() + protocol::encode(make_page(1, "h\u00E9llo", {word}))), errc::backend)
            << word.begin << ".." << word.end;
    }
    EXPECT_EQ(failure_of(header() + protocol::encode(make_page(1, "hello", {{2, 4, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}))), errc::backend);
}

TEST(DocumentAssembler, stops_at_its_limit_whatever_the_bytes_are_made_of) {
    const std::string text = header() + protocol::encode(make_page(1, std::string(5000, 'x')));
    EXPECT_EQ(failure_of(text, 4000), errc::too_large);
    std::string pages = header();
    for (int i = 1; i <= 1000; ++i) pages += protocol::encode(make_page(i, ""));
    EXPECT_EQ(failure_of(pages, 4000), errc::too_large);
}

TEST(DocumentAssembler, refuses_a_frame_that_promises_too_much_before_it_arrives) {
    const std::uint32_t huge = 0xFFFFFFF0;
    std::string bytes(reinterpret_cast<const char*>(&huge), 4);
    bytes.push_back(static_cast<char>(protocol::FrameType::text));
    EXPECT_EQ(failure_of(bytes), errc::backend);
}

TEST(DocumentAssembler, survives_bytes_that_were_damaged_at_random) {
    const std::string whole = sample() + protocol::encode(protocol::Failure{errc::corrupt, "message"});
    std::mt19937 random(20240611);
    int refused = 0, accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = whole;
        for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (random() % 4 == 0) bytes.erase(random() % bytes.size(), random() % 20);
        try {
            const auto document = assemble(bytes, 1 + random() % 64);
            if (!document) continue;
            ++accepted;
            for (const Page& page : document->pages) {
                for (const WordBox& word : page.words) ASSERT_LE(word.end, page.text.size());
            }
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 1000);
    EXPECT_GT(accepted, 100);
}

TEST(DocumentAssembler, survives_pure_noise) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(random() % 200, '\0');
        for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() % 10 : random());
        try {
            EXPECT_FALSE(assemble(bytes, 13));
        } catch (const Error& error) {
            EXPECT_NE(error.code(), errc::unauthorized);
        }
    }
}

}  // namespace
}  // namespace docmind
