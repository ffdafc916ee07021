#pragma once
// "How do I say it to a server of the OpenAI interface, and what did it mean?" Request bodies and short answers as values:
// knows no socket. The stream's events are ChatDeltaAssembler's.

#include <docmind/error.hpp>
#include <docmind/llm.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct ChatBody {
    std::string model;
    int max_tokens = 0;
    double temperature = 0;
    ToolCalling tools = ToolCalling::native;  ///< how the request's tools are said
};
/// The JSON of a streamed chat request. Text that is not UTF-8 is repaired; numbers are put into the ranges servers accept.
[[nodiscard]] std::string chat_body(const ChatBody& body, const ChatRequest& request);

/// The ids in an answer to GET /models, at most 1,000. Errors: backend.
[[nodiscard]] std::vector<std::string> parse_models(std::string_view body);

/// How many slots llama-server says it is working on (GET /slots); nullopt for any other answer.
[[nodiscard]] std::optional<std::size_t> parse_busy_slots(std::string_view body);

/// The JSON of POST /tokenize: llama-server reads "content", vLLM "model" and "prompt". Only the text's own tokens are wanted.
[[nodiscard]] std::string tokenize_body(const std::string& model, const std::string& text);

/// The number of tokens in the answer to it: vLLM's "count", or the length of "tokens"; nullopt for any other answer.
[[nodiscard]] std::optional<std::size_t> parse_token_count(std::string_view body);

/// What a status other than 200 means to the user. `said`: the server's own words, may be empty.
[[nodiscard]] Error status_error(int status, const std::string& root, const std::string& model, const std::string& said);

}  // namespace docmind
