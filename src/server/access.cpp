#include "server/access.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace docmind {
namespace {

/// The name in a Host value, without port and brackets; empty where it is none.
std::string_view host_name(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        if (end == std::string_view::npos) return {};
        const std::string_view rest = host.substr(end + 1);
        if (!rest.empty() &&
            !(rest.size() > 1 && rest[0] == ':' && std::ranges::all_of(rest.substr(1), [](char c) { return c >= '0' && c <= '9'; })))
            return {};
        return host.substr(1, end - 1);
    }
    const std::size_t colon = host.find(':');
    if (colon == std::string_view::npos) return host;
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || !std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) return {};
    return host.substr(0, colon);
}

std::optional<boost::asio::ip::address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const boost::asio::ip::address address = boost::asio::ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    return address;
}

/// Whether a page from `origin` is the one served under `host`; a proxy in front may have added TLS.
bool is_same_origin(std::string_view origin, std::string_view host) {
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (origin.starts_with(scheme)) return iequals(origin.substr(scheme.size()), host);
    }
    return false;
}

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view expected) noexcept {
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto other = static_cast<unsigned char>(expected.empty() ? 0 : expected[i % expected.size()]);
        difference |= static_cast<unsigned char>(given[i]) ^ other;
    }
    return difference == 0;
}

Access::Access(Params params) : params_(std::move(params)) {
    const std::optional<boost::asio::ip::address> address = parse_address(params_.address);
    beyond_loopback_ = !address || !address->is_loopback();
    if (beyond_loopback_ && params_.token.empty()) {
        throw Error(errc::invalid_argument, "Listening on " + params_.address +
                                                " lets others on the network reach your documents, so it needs a token: set "
                                                "DOCMIND__SERVER__TOKEN, or listen on 127.0.0.1.");
    }
}

bool Access::is_known_host(std::string_view host) const {
    if (iequals(host, "localhost") || host == "127.0.0.1" || host == "::1" || host == params_.address) return true;
    if (std::ranges::any_of(params_.allowed_hosts, [host](const std::string& known) { return iequals(known, host); })) return true;
    // A literal address, unlike a name, cannot be pointed here by another site.
    return beyond_loopback_ && parse_address(host).has_value();
}

std::optional<Access::Refusal> Access::check(std::string_view method, std::string_view path, const HttpFields& headers) const {
    const std::string_view host = headers.value("host");
    const std::string_view name = host_name(host);
    if (!is_known_host(name)) {
        return Refusal{errc::forbidden, "This host name is not one of DocMind's. Add it to server.allowed_hosts if it should be."};
    }
    const bool interface = path == "/metrics" || path.starts_with("/api/");
    const bool changes = method != "GET" && method != "HEAD";
    // Browsers say where a page came from; programs send neither field.
    const std::string* origin = headers.find("origin");
    if ((changes || interface) && origin && !is_same_origin(*origin, host))
        return Refusal{errc::forbidden, "Another site's page may not use DocMind."};
    const std::string* site = headers.find("sec-fetch-site");
    if (changes && site && *site != "same-origin" && *site != "none")
        return Refusal{errc::forbidden, "Another site's page may not use DocMind."};
    // Whether it is alive is no secret.
    if (!params_.token.empty() && interface && path != "/api/health") {
        constexpr std::string_view scheme = "Bearer ";
        const std::string_view given = headers.value("authorization");
        const bool has_scheme = given.size() > scheme.size() && iequals(given.substr(0, scheme.size()), scheme);
        if (!has_scheme || !equal_in_constant_time(given.substr(scheme.size()), params_.token)) {
            return Refusal{errc::unauthorized, "This DocMind asks for a token: send it as Authorization: Bearer TOKEN."};
        }
    }
    if (const std::string* encoding = headers.find("content-encoding"); encoding && !iequals(*encoding, "identity")) {
        return Refusal{errc::unsupported, "Request bodies must not be compressed: send them without Content-Encoding."};
    }
    return std::nullopt;
}

}  // namespace docmind
