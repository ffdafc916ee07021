#pragma once
// "How many tokens does one call to this server have room for?" What each kind of server says about it, as values: knows no socket.

#include <chrono>
#include <optional>
#include <string_view>

namespace docmind {

/// What a server has said of its context window, and when it is worth asking it again: ever more rarely, as long as it does not say it.
class FoundWindow {
  public:
    using Clock = std::chrono::steady_clock;
    struct Params {
        std::chrono::milliseconds pause{5'000};  ///< after the first question; twice as long after each further one
        std::chrono::milliseconds longest_pause{600'000};
    };

    /// Errors: invalid_argument.
    explicit FoundWindow(Params params);

    /// 0 until the server has said it.
    [[nodiscard]] int tokens() const noexcept { return tokens_; }
    [[nodiscard]] bool is_due(Clock::time_point now) const noexcept { return !is_final_ && now >= due_; }
    /// It is being asked now.
    void asked(Clock::time_point now) noexcept;
    /// It has said so, for good.
    void found(int tokens) noexcept {
        tokens_ = tokens;
        is_final_ = true;
    }
    /// That is what it will be as far as can be told now.
    void expected(int tokens) noexcept { tokens_ = tokens; }
    /// The server was away or something has changed: the next question is due at once. What it said holds until then.
    void ask_again() noexcept;
    /// It is only what was expected: the server can say more once the model has been loaded.
    [[nodiscard]] bool is_expected() const noexcept { return tokens_ > 0 && !is_final_; }

  private:
    Params params_;
    int tokens_ = 0;
    bool is_final_ = false;
    Clock::time_point due_{};
    std::chrono::milliseconds pause_;
};

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
