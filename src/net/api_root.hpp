#pragma once
// "Where does the OpenAI interface of that server begin?"

#include <string>
#include <string_view>

namespace docmind {

/// "http://host:port/v1". Accepts an address with or without a scheme, /v1, an endpoint or a slash at its end.
/// Errors: invalid_argument (no address, https, a user name in it); the message never repeats credentials and names the settings of
/// `section`, as in llm.base_url.
[[nodiscard]] std::string api_root(std::string_view base_url, std::string_view section);

}  // namespace docmind
