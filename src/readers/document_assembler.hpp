#pragma once
// "What does this worker's answer add up to?" Turns frames into a Document; knows no process and no socket. The worker has read a
// stranger's file, so nothing it says is believed: order, numbers, sizes, characters and offsets are checked here.

#include "readers/worker_protocol.hpp"

#include <docmind/node.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace docmind {

class DocumentAssembler {
  public:
    /// `max_bytes`: of text, word boxes and page headers together.
    explicit DocumentAssembler(std::uint64_t max_bytes) : left_(max_bytes), max_bytes_(max_bytes) {}

    /// Takes the next frame; true when the document is complete. Works for about a millisecond at most, whatever the frame.
    /// Errors: backend (nonsense), too_large (max_bytes passed), and what the worker itself failed with.
    bool take(const worker_protocol::Frame& frame);
    /// Pages that have begun to arrive, and how many there will be as the worker says; 0 where it does not.
    [[nodiscard]] std::size_t pages() const { return document_.pages.size(); }
    [[nodiscard]] std::uint32_t expected_pages() const { return expected_pages_; }
    /// The complete document.
    [[nodiscard]] Document take_document();

  private:
    void take_header(std::string_view payload);
    void take_done(std::string_view payload);
    void add(const Metadata& metadata);
    void begin_page(std::string_view payload);
    void take_text(std::string_view payload);
    void take_words(std::string_view payload);
    void take_headings(std::string_view payload);
    void end_text();
    void append_sane(std::string_view text);
    void count(std::uint64_t bytes);
    [[nodiscard]] Page& page() { return document_.pages.back(); }

    std::uint64_t left_, max_bytes_;
    Document document_;
    std::uint32_t expected_pages_ = 0;
    bool header_seen_ = false;
    bool words_seen_ = false;
    bool text_changed_ = false;  // the page's offsets mean nothing any more
    std::uint32_t last_word_end_ = 0;
    std::string held_;  // the first bytes of a character whose others are in the next frame
};

}  // namespace docmind
