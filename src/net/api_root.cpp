#include "net/api_root.hpp"

#include <docmind/error.hpp>

#include "net/http_message.hpp"

namespace docmind {

namespace {

bool cut_prefix(std::string_view& text, std::string_view prefix) {
    if (text.size() < prefix.size() || !iequals(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// /v1, /v2, ... as some gateways have it.
bool ends_with_version(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view last = path.substr(slash + 1);
    return last.size() >= 2 && last[0] == 'v' && last.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

std::string api_root(std::string_view base_url, std::string_view section) {
    const std::string name(section);
    std::string_view rest = trim(base_url);
    if (rest.empty())
        throw Error(errc::invalid_argument,
                    name + ".base_url is empty: set it to the address of a model server, such as http://127.0.0.1:11434");
    if (cut_prefix(rest, "https://")) {
        throw Error(errc::invalid_argument,
                    name +
                        ".base_url begins with https://, which is not supported: put a local proxy before the model server and name its "
                        "http:// address.");
    }
    cut_prefix(rest, "http://");
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (host.contains('@'))
        throw Error(errc::invalid_argument, name + ".base_url has a user name or password in it: use " + name + ".api_key instead.");
    if (host.empty() || rest.find_first_of(" \t\r\n?#\\\"<>") != std::string_view::npos || rest.contains("://")) {
        throw Error(errc::invalid_argument, name + ".base_url is no address of a model server: it should look like http://127.0.0.1:11434");
    }
    while (rest.ends_with('/')) rest.remove_suffix(1);
    for (const std::string_view endpoint : {"/chat/completions", "/embeddings", "/rerank"}) {
        if (rest.ends_with(endpoint)) rest.remove_suffix(endpoint.size());
    }
    std::string root = "http://" + std::string(rest);
    if (!ends_with_version(rest)) root += "/v1";
    return root;
}

}  // namespace docmind
