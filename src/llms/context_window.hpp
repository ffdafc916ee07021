#pragma once
// "How many tokens does one call to this server have room for?" What each kind of server says about it, as values: knows no socket.

#include <optional>
#include <string_view>

namespace docmind {

/// From an answer to GET /v1/models: llama-server says meta.n_ctx, vLLM and SGLang max_model_len, others
/// context_length or context_window. Absent where it does not
/// say so of this model.
[[nodiscard]] std::optional<int> context_window_of_models(std::string_view body, std::string_view model);

/// From an answer to llama-server's GET /props: the tokens of one slot.
[[nodiscard]] std::optional<int> context_window_of_props(std::string_view body);

/// From an answer to Ollama's GET /api/ps: what the model was loaded with. Absent while it is not loaded.
[[nodiscard]] std::optional<int> context_window_of_ollama_ps(std::string_view body, std::string_view model);

/// From an answer to Ollama's POST /api/show: what the model would be loaded with, if the server has no setting of its own: num_ctx of its
/// Modelfile, else 4,096, or what it was trained for where that is less.
[[nodiscard]] std::optional<int> context_window_of_ollama_show(std::string_view body);

}  // namespace docmind
