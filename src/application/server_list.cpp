#include "application/server_list.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <sstream>

#include "application/comma_list.hpp"

namespace docmind {

std::vector<ServerAddress> parse_servers(const std::string& text) {
    std::vector<ServerAddress> servers;
    for (const std::string& item : split_list(text)) {
        std::istringstream words(item);
        ServerAddress server;
        std::string more;
        words >> server.base_url >> server.model >> more;
        const bool built_in = server.base_url == "built-in";
        if (!more.empty() || (built_in && !server.model.empty()))
            throw Error(errc::invalid_argument, fmt::format("expected a list of \"URL [MODEL]\" or \"built-in\", got \"{}\"", item));
        if (built_in) server.base_url.clear();
        servers.push_back(std::move(server));
    }
    return servers;
}

}  // namespace docmind
