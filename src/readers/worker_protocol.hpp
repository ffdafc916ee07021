#pragma once
// What the server and docmind-worker say to each other over a Unix socket pair, as pure functions and classes without the socket.
//
// A frame is: u32 length of the payload | u8 type | payload. Numbers are little-endian, strings are u32 length + bytes. No payload is
// longer than max_payload, so a long text is many frames.
//
//   server -> worker   request    string name | string media type | options   (with its first byte comes the open file, SCM_RIGHTS)
//   worker -> server   heartbeat  nothing                              (every second, whatever the parser does)
//                      document   string media type | u32 n | n times: string key, string value | u32 pages to expect, 0 = unknown
//                      page       u32 number | f32 width | f32 height  (1, 2, 3, ...)
//                      text       bytes of the page's text, appended
//                      words      n times: u32 begin, u32 end, f32 x0, y0, x1, y1   (of the page's text, in its order)
//                      headings   n times: u32 begin, u32 level, string title       (of the page's text, in its order)
//                      done       u32 number of pages | u32 n | n times: string key, string value   (more metadata)
//                      failure    string errc name | string message
//
// One request at a time; the answer is document, (page, text*, words*, headings*)*, done; or failure at any place.

#include "readers/read_options.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind::worker_protocol {

inline constexpr std::size_t header_bytes = 5;
inline constexpr std::size_t max_payload = 256 * 1024;
inline constexpr int worker_descriptor = 3;    ///< the worker's end of the socket pair
inline constexpr int exit_out_of_memory = 12;  ///< the worker's exit code when memory, not the document, is the reason

enum class FrameType : std::uint8_t { request = 1, heartbeat, document, page, text, words, done, failure, headings };

struct Frame {
    FrameType type = FrameType::heartbeat;
    std::string payload;
};

struct Request {
    std::string name;
    std::string media_type;
    ReadOptions options;
};

struct DocumentHeader {
    std::string media_type;
    Metadata metadata;
    std::uint32_t expected_pages = 0;  ///< 0 where it is not known before the end
};

struct PageHeader {
    int number = 1;
    float width = 0, height = 0;
};

struct Done {
    std::uint32_t pages = 0;
    Metadata facts;  ///< that were not known when the document's header was sent
};

struct Failure {
    errc code = errc::internal;
    std::string message;
};

/// Whole frames, ready to be sent. Strings that would pass max_payload are cut.
[[nodiscard]] std::string encode(const Request& request);
[[nodiscard]] std::string encode_heartbeat();
[[nodiscard]] std::string encode(const DocumentHeader& document);
/// The page with its text, words and headings, in as many frames as that takes.
[[nodiscard]] std::string encode(const Page& page);
[[nodiscard]] std::string encode(const Done& done);
[[nodiscard]] std::string encode(const Failure& failure);

/// The payloads' contents. A payload that is not what it should be is Error{backend}.
[[nodiscard]] Request decode_request(std::string_view payload);
[[nodiscard]] DocumentHeader decode_document(std::string_view payload);
[[nodiscard]] PageHeader decode_page(std::string_view payload);
[[nodiscard]] std::vector<WordBox> decode_words(std::string_view payload);
[[nodiscard]] std::vector<Heading> decode_headings(std::string_view payload);
[[nodiscard]] Done decode_done(std::string_view payload);
[[nodiscard]] Failure decode_failure(std::string_view payload);

/// Cuts a stream of bytes into frames.
class FrameDecoder {
  public:
    void feed(std::string_view bytes) { buffer_.append(bytes); }
    /// The next whole frame, if it has arrived. Error{backend} for an unknown type or a payload over max_payload, as soon as its
    /// header is there: what a header merely promises is never allocated.
    [[nodiscard]] std::optional<Frame> next();

  private:
    std::string buffer_;
    std::size_t begin_ = 0;
};

}  // namespace docmind::worker_protocol
