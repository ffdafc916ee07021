#pragma once
// "May this request come in?" Decided from its head alone, before routing. Pure: no sockets, no time.

#include <docmind/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace docmind {

class Access {
  public:
    struct Params {
        std::string address = "127.0.0.1";       ///< listened on
        std::string token;                       ///< empty = none is asked for
        std::vector<std::string> allowed_hosts;  ///< without port
    };
    struct Refusal {
        errc code;
        std::string detail;
    };

    /// Errors: invalid_argument (beyond loopback without a token; says what to do).
    explicit Access(Params params);

    /// nullopt = come in.
    [[nodiscard]] std::optional<Refusal> check(std::string_view method, std::string_view path, const HttpFields& headers) const;

  private:
    [[nodiscard]] bool is_known_host(std::string_view host) const;

    Params params_;
    bool beyond_loopback_ = false;
};

/// Takes the same time wherever the first difference is.
[[nodiscard]] bool equal_in_constant_time(std::string_view given, std::string_view expected) noexcept;

}  // namespace docmind
