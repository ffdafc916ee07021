#pragma once
// "Is this a request that means exactly one thing, and what is in its body?" Fed with bytes, no sockets.
//
// Boost.Beast takes the message apart. What it forgives, and what proxies and servers might read differently (RFC 9112, sections 2.2, 3.2,
// 5.1, 5.2, 6.3, 11.2), is looked for beside it and refused, not repaired.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/http_message.hpp"

namespace docmind {

struct RequestHead {
    std::string method;
    std::string path;                                        ///< percent-decoded, valid UTF-8, no NUL
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order
    HttpFields fields;
    bool keep_alive = true;
    bool http_1_0 = false;
    bool has_body = false;
    std::optional<std::uint64_t> content_length;  ///< of the body; absent where it comes in chunks
    bool expects_continue = false;
};

/// Why a request is refused.
struct HeadRefusal {
    int status = 400;  ///< 400, 414, 431, 501 or 505
    std::string detail;
};

/// One request, from its first byte to its last. The next one on the connection needs a new parser.
class RequestParser {
  public:
    struct Params {
        std::size_t max_head_bytes = 8 * 1024;  ///< of the header fields, without the request line
        std::size_t max_fields = 100;
        std::size_t max_target_bytes = 8 * 1024;
    };
    explicit RequestParser(Params params);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Takes the head off the front of `bytes` once all of it is there; nullopt when more is needed; a refusal as soon as it is certain.
    [[nodiscard]] std::variant<std::optional<RequestHead>, HeadRefusal> take_head(std::string& bytes);
    /// After the head: takes the next bytes of the body (at most 64 KiB) off the front of `bytes`, its framing undone.
    /// Empty: the body has ended, or more bytes are needed. Errors: invalid_argument (malformed chunks).
    [[nodiscard]] std::string take_body(std::string& bytes);
    [[nodiscard]] bool body_ended() const noexcept;
    /// What is still to come of the body where its length is known.
    [[nodiscard]] std::optional<std::uint64_t> body_left() const noexcept;

  private:
    struct State;
    [[nodiscard]] std::optional<HeadRefusal> scan(std::string_view bytes);

    Params params_;
    std::unique_ptr<State> state_;
    std::size_t scanned_ = 0;  // of the head: what was found good
    std::size_t line_begin_ = 0;
    std::size_t fields_begin_ = 0;
    std::size_t lines_ = 0;     // complete ones
    std::size_t head_end_ = 0;  // behind the empty line; 0 = not there yet
    bool begun_ = false;
};

}  // namespace docmind
