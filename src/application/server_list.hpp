#pragma once
// "Which model servers are asked where the first cannot answer?" llm.fallbacks as addresses.

#include <string>
#include <vector>

namespace docmind {

struct ServerAddress {
    std::string base_url;  ///< empty: the built-in server
    std::string model;     ///< empty: the first that it offers
};

/// "http://box:8000/v1 qwen3, built-in". Errors: invalid_argument (more than two words; the built-in server with a model).
[[nodiscard]] std::vector<ServerAddress> parse_servers(const std::string& text);

}  // namespace docmind
