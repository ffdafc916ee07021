#pragma once
// "How does this response look on the wire?" Serialised by Boost.Beast; no sockets. Internal to net/.

#include <string>

#include "net/http_server.hpp"

namespace docmind::detail {

/// How the end of a response body is told.
enum class Framing {
    none,     ///< there is no body, and there never is for this status
    length,   ///< Content-Length
    chunked,  ///< chunks
    close,    ///< by the end of the connection (HTTP/1.0)
};

/// The head with its empty line. Fields that are the server's are left out of the handler's; a value never ends its line.
[[nodiscard]] std::string response_head(const HttpResponse& response, const std::string& id, Framing framing, bool keep_alive);
/// `bytes` as one chunk; the end of the chunks for no bytes.
[[nodiscard]] std::string chunk_of(const std::string& bytes);

}  // namespace docmind::detail
