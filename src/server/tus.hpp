#pragma once
// "What does this header of the tus protocol say?" (https://tus.io/protocols/resumable-upload, version 1.0.0). Pure: no sockets, no files.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <chrono>

#include "ingestion/upload_files.hpp"

namespace docmind::tus {

inline constexpr std::string_view version = "1.0.0";
inline constexpr std::string_view extensions = "creation,creation-with-upload,checksum,termination,expiration";
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";
inline constexpr std::string_view piece_type = "application/offset+octet-stream";

/// What of Upload-Metadata DocMind knows; the rest is the client's own.
struct Metadata {
    std::string name;        ///< "filename", or "name"; valid UTF-8
    std::string media_type;  ///< "filetype", or "type"
};
/// Errors: invalid_argument (not pairs of a key and Base64).
[[nodiscard]] Metadata parse_metadata(std::string_view text);

/// Upload-Checksum: an algorithm, a space, the digest in Base64. Errors: invalid_argument (malformed, or an algorithm that is not ours).
[[nodiscard]] PieceChecksum parse_checksum(std::string_view text);

/// Digits only. Errors: invalid_argument, naming `header`.
[[nodiscard]] std::uint64_t parse_number(std::string_view header, const std::string* text);

/// Empty where it is not Base64 (RFC 4648, section 4) with its padding.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// As Upload-Expires wants it: "Wed, 25 Jun 2014 16:00:00 GMT".
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point when);

}  // namespace docmind::tus
