#include "net/http_connections.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <optional>
#include <vector>

#include "async/waiter.hpp"
#include "net/io.hpp"

namespace docmind::detail {

namespace asio = boost::asio;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

namespace {

// The answer of the resolver's thread. It outlives a caller that does not wait for it: getaddrinfo cannot be cancelled.
struct Lookup {
    explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), answered(executor) {}
    asio::ip::tcp::resolver resolver;
    asio::steady_timer answered;
    std::optional<boost::system::error_code> error;
    Endpoints endpoints;
};

Task<Endpoints> resolve(HttpTarget target, std::chrono::milliseconds limit) {
    const auto port = static_cast<std::uint16_t>(std::stoul(target.port));
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(target.host, not_numeric);
    if (!not_numeric) co_return Endpoints{{address, port}};
    if (iequals(target.host, "localhost")) {
        co_return Endpoints{{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto lookup = std::make_shared<Lookup>(executor);
    lookup->answered.expires_after(limit);
    lookup->resolver.async_resolve(target.host, target.port, [lookup](const boost::system::error_code& error, const auto& results) {
        lookup->error = error;
        for (const auto& entry : results) lookup->endpoints.push_back(entry.endpoint());
        lookup->answered.cancel();
    });
    const auto token = asio::as_tuple(asio::use_awaitable);
    [[maybe_unused]] auto [ignored] = co_await lookup->answered.async_wait(token);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw_cancelled();
    if (!lookup->error) throw HttpError(errc::unavailable, "Looking up the name " + target.host + " took too long.", false);
    if (*lookup->error)
        throw HttpError(errc::unavailable, "The name " + target.host + " is unknown: " + lookup->error->message() + ".", false);
    co_return lookup->endpoints;
}

}  // namespace

HttpTarget parse_target(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || !iequals(std::string(parsed->scheme()), "http") || parsed->host().empty()) {
        // There may be a password before the @.
        throw HttpError(errc::invalid_argument, "\"" + (url.contains('@') ? std::string("...") : url) + "\" is not an http:// address.",
                        false);
    }
    if (parsed->has_userinfo()) {
        throw HttpError(errc::invalid_argument, "An address with a user name or password in it is not supported: use the API key setting.",
                        false);
    }
    if (parsed->has_port() && !parsed->port().empty() && parsed->port_number() == 0) {
        throw HttpError(errc::invalid_argument, "\"" + url + "\" has no valid port.", false);
    }
    HttpTarget target;
    target.host = std::string(parsed->host_address());
    target.port = parsed->has_port() && !parsed->port().empty() ? std::to_string(parsed->port_number()) : "80";
    target.authority = std::string(parsed->encoded_host()) + ":" + target.port;
    target.path = std::string(parsed->encoded_path());
    if (target.path.empty()) target.path = "/";
    if (parsed->has_query()) target.path += "?" + std::string(parsed->encoded_query());
    return target;
}

HttpConnection::HttpConnection(std::shared_ptr<HttpConnections> o, std::string k, asio::ip::tcp::socket s, bool r)
    : owner(std::move(o)), key(std::move(k)), socket(std::move(s)), reused(r) {
    ++owner->open[key];
}

HttpConnection::~HttpConnection() {
    const auto open = owner->open.find(key);
    if (--open->second == 0) owner->open.erase(open);
}

void HttpConnection::keep() {
    auto& kept = owner->idle[key];
    kept.push_back({std::move(socket), std::chrono::steady_clock::now()});
    while (kept.size() > owner->params.max_idle_per_host) kept.pop_front();
    if (kept.empty()) owner->idle.erase(key);
}

std::unique_ptr<HttpConnection> HttpConnections::take_idle(const std::string& key) {
    const auto found = idle.find(key);
    if (found == idle.end()) return nullptr;
    auto& kept = found->second;
    const auto oldest = std::chrono::steady_clock::now() - params.idle_expiry;
    std::unique_ptr<HttpConnection> taken;
    while (!kept.empty() && !taken) {
        Idle candidate = std::move(kept.back());
        kept.pop_back();
        // A socket that became readable was closed by the server, or says what nobody asked for.
        if (candidate.since < oldest || !is_quiet(candidate.socket)) continue;
        taken = std::make_unique<HttpConnection>(shared_from_this(), key, std::move(candidate.socket), true);
    }
    std::erase_if(kept, [&](const Idle& one) { return one.since < oldest; });
    if (kept.empty()) idle.erase(found);
    return taken;
}

Task<std::unique_ptr<HttpConnection>> HttpConnections::connect(HttpTarget target, HttpTimeouts timeouts) {
    const auto self = shared_from_this();
    if (const auto found = open.find(target.authority); found != open.end() && found->second >= params.max_connections_per_host) {
        throw HttpError(errc::overloaded, "Too many connections to " + target.authority + " are open.", false);
    }
    auto connection = std::make_unique<HttpConnection>(self, target.authority, asio::ip::tcp::socket(executor), false);
    const Endpoints endpoints = co_await resolve(target, timeouts.resolve);
    boost::system::error_code last = asio::error::host_not_found;
    for (const auto& endpoint : endpoints) {
        boost::system::error_code ignored;
        connection->socket.close(ignored);
        const auto token = asio::cancel_after(timeouts.connect, asio::as_tuple(asio::use_awaitable));
        auto [error] = co_await connection->socket.async_connect(endpoint, token);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) throw_cancelled();
        if (!error) {
            connection->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
            co_return connection;
        }
        last = error == asio::error::operation_aborted ? asio::error::timed_out : error;
    }
    throw HttpError(errc::unavailable, "No connection to " + target.authority + ": " + last.message() + ".", false);
}

}  // namespace docmind::detail
