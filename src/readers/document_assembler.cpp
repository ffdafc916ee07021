#include "readers/document_assembler.hpp"

#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace docmind {

namespace {

using worker_protocol::Frame;
using worker_protocol::FrameType;

constexpr std::size_t max_media_type = 100;
constexpr std::size_t max_metadata_value = 1000;
constexpr std::size_t max_message = 500;

[[noreturn]] void fail(const char* what) {
    throw Error(errc::backend, std::string("The reader process sent nonsense: ") + what + ".");
}

/// At most `max` bytes of the text, sanitized, on one line.
std::string one_line(std::string_view text, std::size_t max) {
    std::string line = sanitize(text.substr(0, max));
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return line;
}

/// How many bytes at the end begin a character that is not complete.
std::size_t unfinished(std::string_view text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) return 0;
        if (byte < 0xC0) continue;
        const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
        return length > back ? back : 0;
    }
    return 0;
}

float measure(float value) {
    return std::isfinite(value) && value > 0 ? value : 0.F;
}

}  // namespace

bool DocumentAssembler::take(const Frame& frame) {
    switch (frame.type) {
        case FrameType::heartbeat: return false;
        case FrameType::failure: {
            const auto failure = worker_protocol::decode_failure(frame.payload);
            throw Error(failure.code, one_line(failure.message, max_message));
        }
        case FrameType::document: take_header(frame.payload); return false;
        case FrameType::page: begin_page(frame.payload); return false;
        case FrameType::text: take_text(frame.payload); return false;
        case FrameType::words: take_words(frame.payload); return false;
        case FrameType::headings: take_headings(frame.payload); return false;
        case FrameType::done: take_done(frame.payload); return true;
        case FrameType::request: break;
    }
    fail("a frame out of place");
}

Document DocumentAssembler::take_document() {
    return std::move(document_);
}

void DocumentAssembler::take_header(std::string_view payload) {
    if (header_seen_) fail("a second document");
    header_seen_ = true;
    auto header = worker_protocol::decode_document(payload);
    document_.media_type = one_line(header.media_type, max_media_type);
    expected_pages_ = header.expected_pages;
    add(header.metadata);
}

void DocumentAssembler::take_done(std::string_view payload) {
    end_text();
    const auto done = worker_protocol::decode_done(payload);
    if (!header_seen_ || done.pages != document_.pages.size()) fail("a number of pages that it did not send");
    add(done.facts);
}

void DocumentAssembler::add(const Metadata& metadata) {
    for (const auto& [key, value] : metadata) document_.metadata[one_line(key, max_media_type)] = one_line(value, max_metadata_value);
}

void DocumentAssembler::begin_page(std::string_view payload) {
    if (!header_seen_) fail("a page before the document");
    end_text();
    const auto header = worker_protocol::decode_page(payload);
    if (header.number != static_cast<int>(document_.pages.size()) + 1) fail("pages out of order");
    count(sizeof(Page));
    document_.pages.push_back({.number = header.number, .width = measure(header.width), .height = measure(header.height)});
    words_seen_ = text_changed_ = false;
    last_word_end_ = 0;
}

void DocumentAssembler::take_text(std::string_view payload) {
    if (document_.pages.empty() || words_seen_) fail("text out of place");
    count(payload.size());
    if (page().text.size() + payload.size() > std::numeric_limits<std::uint32_t>::max() / 4) fail("a page without end");
    held_.append(payload);
    const std::size_t whole = held_.size() - unfinished(held_);
    append_sane(std::string_view(held_).substr(0, whole));
    held_.erase(0, whole);
}

void DocumentAssembler::append_sane(std::string_view text) {
    // An honest worker has sanitized its pages and nothing changes. Where something does, the offsets of its words are worth nothing.
    const std::string sane = sanitize(text);
    text_changed_ = text_changed_ || sane != text;
    page().text.append(sane);
}

void DocumentAssembler::end_text() {
    if (held_.empty()) return;
    append_sane(held_);
    held_.clear();
}

void DocumentAssembler::take_words(std::string_view payload) {
    if (document_.pages.empty()) fail("words out of place");
    end_text();
    words_seen_ = true;
    count(payload.size());
    const auto words = worker_protocol::decode_words(payload);
    if (text_changed_) return;
    const std::string& text = page().text;
    const auto splits_character = [&text](std::uint32_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    for (const auto& word : words) {
        const bool in_place = word.begin >= last_word_end_ && word.begin < word.end && word.end <= text.size();
        if (!in_place || splits_character(word.begin) || splits_character(word.end)) fail("a word that is not in its page");
        last_word_end_ = word.end;
        const bool finite = std::isfinite(word.x0) && std::isfinite(word.y0) && std::isfinite(word.x1) && std::isfinite(word.y1);
        if (finite) page().words.push_back(word);
    }
}

void DocumentAssembler::take_headings(std::string_view payload) {
    if (document_.pages.empty()) fail("headings out of place");
    end_text();
    words_seen_ = true;
    count(payload.size());
    auto headings = worker_protocol::decode_headings(payload);
    if (text_changed_) return;
    const std::string& text = page().text;
    std::uint32_t last = page().headings.empty() ? 0 : page().headings.back().begin;
    for (auto& heading : headings) {
        const bool splits_character = heading.begin < text.size() && (static_cast<unsigned char>(text[heading.begin]) & 0xC0) == 0x80;
        if (heading.begin < last || heading.begin > text.size() || splits_character) fail("a heading that is not in its page");
        last = heading.begin;
        heading.title = one_line(heading.title, max_metadata_value);
        if (!heading.title.empty()) page().headings.push_back(std::move(heading));
    }
}

void DocumentAssembler::count(std::uint64_t bytes) {
    if (bytes > left_) {
        throw Error(errc::too_large,
                    "This document has more than " + std::to_string(max_bytes_ >> 20) + " MiB of text. Split it into smaller files.");
    }
    left_ -= bytes;
}

}  // namespace docmind
