#pragma once
// "Speak HTTP for DocMind." Decides who may come in, finds the route, turns errors into problem documents.

#include <docmind/task.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http_server.hpp"
#include "server/services.hpp"

namespace docmind {

class Server {
  public:
    struct Params {
        std::string address = "127.0.0.1";
        std::uint16_t port = 8080;                                ///< 0 = any free one
        std::string token;                                        ///< needed beyond loopback
        std::vector<std::string> allowed_hosts;                   ///< host names besides loopback and the listen address
        std::uint64_t max_upload_bytes = std::uint64_t{2} << 30;  ///< one file
        std::size_t max_connections = 1024;
        std::size_t max_message_chars = 32768;
    };

    /// Binds and listens. Errors: unavailable (the address is taken), invalid_argument (beyond loopback without a token).
    Server(Params params, Services services, Executor executor);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// What to open in a browser, without a slash at the end.
    [[nodiscard]] std::string url() const;
    /// Serves until it is cancelled or astop() is called.
    Task<> arun();
    /// Stops accepting, lets requests end within `drain`, cancels the rest and waits for them.
    Task<> astop(std::chrono::steady_clock::duration drain);

  private:
    class Handler;
    std::unique_ptr<Handler> handler_;
    std::unique_ptr<HttpServer> http_;
    std::string address_;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080". Errors: invalid_argument.
[[nodiscard]] std::pair<std::string, std::uint16_t> parse_listen(const std::string& listen);

}  // namespace docmind
