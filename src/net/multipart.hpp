#pragma once
// "Which files are in this upload?" multipart/form-data (RFC 7578) taken apart while it arrives: a file is never held in memory.

#include <docmind/task.hpp>

#include <cstddef>
#include <optional>
#include <string>

#include "net/http_server.hpp"

namespace docmind {

/// The head of one part.
struct MultipartPart {
    std::string name;                     ///< of the form field
    std::optional<std::string> filename;  ///< as the browser sent it, UTF-8; absent for plain fields
    std::string content_type;             ///< may be empty
};

/// Parser over a body; one part after another, each pulled in chunks.
class MultipartReader {
  public:
    struct Params {
        std::size_t max_head_bytes = 8 * 1024;  ///< of one part
        std::size_t max_parts = 1000;
    };
    /// `body` outlives the reader. Errors: invalid_argument (no usable boundary).
    MultipartReader(BodySource* body, const std::string& content_type, Params params);
    MultipartReader(BodySource* body, const std::string& content_type);

    /// The next part's head, nullopt after the last; what is left of the part before is skipped.
    /// Errors: invalid_argument (malformed, cut off), too_large (head, number of parts), and the body's own.
    Task<std::optional<MultipartPart>> next_part();
    /// The next bytes of the current part (never empty), nullopt at its end. Errors as next_part.
    Task<std::optional<std::string>> next_chunk();

  private:
    BodySource* body_;
    Params params_;
    std::string delimiter_;  // "\r\n--boundary"
    std::string buffer_;
    enum class State { preamble, head, content, part_end, end } state_ = State::preamble;
    bool at_content_start_ = false;  // buffer_ begins with the line break that ended the head
    std::size_t parts_ = 0;
};

}  // namespace docmind
