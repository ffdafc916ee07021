#include "server/server.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/system/system_error.hpp>

#include <charconv>

#include "async/loop_watchdog.hpp"
#include "async/when_all.hpp"
#include "server/access.hpp"
#include "server/live_answers.hpp"
#include "server/metrics.hpp"
#include "server/responses.hpp"
#include "server/routes.hpp"
#include "server/tus.hpp"

namespace docmind {

class Server::Handler final : public HttpHandler {
  public:
    Handler(Params params, Services services, Executor executor)
        : params_(std::move(params)),
          services_(std::move(services)),
          executor_(std::move(executor)),
          access_({.address = params_.address, .token = params_.token, .allowed_hosts = params_.allowed_hosts}),
          answers_({}, executor_) {}

    std::optional<HttpResponse> admit(const HttpRequest& request) override {
        std::optional<HttpResponse> refusal = judge(request);
        if (refusal) {
            add_common_headers(*refusal, request.path);
            metrics_.count_request(request.method, "(refused)", refusal->status, {});
        }
        return refusal;
    }

    Task<HttpResponse> handle(HttpRequest request) override {
        const auto start = std::chrono::steady_clock::now();
        // admit() has let it through, so there is a route.
        RouteMatch match = find_route(request.method, request.path);
        const Call call{request,
                        std::move(match.arguments),
                        services_,
                        metrics_,
                        answers_,
                        executor_,
                        params_.max_upload_bytes,
                        params_.max_message_chars};
        HttpResponse response;
        try {
            response = co_await match.route->handle(call);
        } catch (const Error& error) {
            if (status_of(error.code()) >= 500)
                spdlog::warn("{} {} failed: {} ({})", request.method, match.route->pattern, error.what(), request.id);
            response = problem_response(error.code(), error.what(), request.id);
        } catch (const boost::system::system_error& error) {
            if (is_cancelled(std::current_exception())) throw;
            response = broken(request, match.route->pattern, error.what());
        } catch (const std::exception& error) {
            response = broken(request, match.route->pattern, error.what());
        }
        add_common_headers(response, request.path);
        metrics_.count_request(request.method, match.route->pattern, response.status, std::chrono::steady_clock::now() - start);
        co_return response;
    }

    HttpResponse refuse(int status, errc code, std::string_view detail, std::string_view request_id) override {
        HttpResponse response = problem_response(code, detail, request_id, status);
        add_security_headers(response);
        return response;
    }

    /// Who listens hears an answer's end: it is given the same time as the connections.
    Task<> close(std::chrono::steady_clock::duration drain) { return answers_.close(drain); }

  private:
    static void add_common_headers(HttpResponse& response, std::string_view path) {
        add_security_headers(response);
        if (path == "/api/uploads" || path.starts_with("/api/uploads/")) response.headers.set("Tus-Resumable", std::string(tus::version));
    }

    std::optional<HttpResponse> judge(const HttpRequest& request) {
        if (const auto refusal = access_.check(request.method, request.path, request.headers))
            return problem_response(refusal->code, refusal->detail, request.id);
        const RouteMatch match = find_route(request.method, request.path);
        if (!match.route) {
            if (match.allowed.empty())
                return problem_response(errc::not_found, fmt::format("There is nothing at {}.", request.path.substr(0, 200)), request.id);
            HttpResponse response = problem_response(errc::method_not_allowed,
                                                     fmt::format("This address answers {}.", fmt::join(match.allowed, ", ")), request.id);
            response.headers.add("Allow", fmt::format("{}", fmt::join(match.allowed, ", ")));
            return response;
        }
        // A body that is announced as too large is refused before a byte of it is sent. A multipart body holds several files.
        const bool one_file = (match.route->handle == post_documents && request.parameter("filename")) ||
                              match.route->handle == create_upload || match.route->handle == patch_upload;
        if (one_file && request.content_length.value_or(0) > params_.max_upload_bytes) {
            return problem_response(errc::too_large,
                                    fmt::format("A file may have {} bytes at most (server.max_upload_bytes).", params_.max_upload_bytes),
                                    request.id);
        }
        return std::nullopt;
    }

    static HttpResponse broken(const HttpRequest& request, std::string_view pattern, const char* what) {
        spdlog::error("{} {} broke: {} ({})", request.method, pattern, what, request.id);
        return problem_response(errc::internal, "Something went wrong inside DocMind. The log has more under this request's id.",
                                request.id);
    }

    const Params params_;
    Services services_;
    Executor executor_;
    Access access_;
    Metrics metrics_;
    LiveAnswers answers_;
};

Server::Server(Params params, Services services, Executor executor) : address_(params.address) {
    HttpServer::Params http{.address = params.address, .port = params.port, .max_connections = params.max_connections};
    handler_ = std::make_unique<Handler>(std::move(params), std::move(services), executor);
    http_ = std::make_unique<HttpServer>(std::move(http), *handler_, std::move(executor));
}

Server::~Server() = default;

std::string Server::url() const {
    const bool v6 = address_.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", address_, v6 ? "]" : "", http_->port());
}

Task<> Server::arun() {
    co_await http_->arun();
}

Task<> Server::astop(std::chrono::steady_clock::duration drain) {
    co_await when_all(http_->astop(drain), handler_->close(drain));
}

std::pair<std::string, std::uint16_t> parse_listen(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos && colon > 0) {
        const char* begin = listen.data() + colon + 1;
        const char* end = listen.data() + listen.size();
        const auto [stop, error] = std::from_chars(begin, end, port);
        std::string address = listen.substr(0, colon);
        if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
        if (address == "localhost") address = "127.0.0.1";
        if (error == std::errc{} && stop == end && begin != end) return {address, port};
    }
    throw Error(errc::invalid_argument, fmt::format("server.listen should be address:port, as in 127.0.0.1:8080, not {}.", listen));
}

}  // namespace docmind
