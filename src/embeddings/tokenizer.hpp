#pragma once
// "Which tokens does the model read in this text?"

#include "embeddings/openvino_runtime.hpp"

#include <docmind/task.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace docmind {

/// The tokens of one text with the model's special tokens around them: [CLS] hello world [SEP].
using TokenIds = std::vector<std::int32_t>;

/// Answers for one model directory; several at once. Where a text has more than `max_tokens`, the first ones and the last special token
/// stay.
class Tokenizer {
  public:
    /// Blocks. `nice`: of the thread that answers atokenize. Errors: corrupt.
    Tokenizer(ov::Core& core, const std::filesystem::path& model_dir, std::size_t max_tokens, int nice);

    /// Computes; call it on a pool. Thread-safe. Errors: backend.
    [[nodiscard]] std::vector<TokenIds> tokenize(const std::vector<std::string>& texts) const;
    /// Tokens of each whole text without the special ones. Computes; thread-safe. Errors: backend.
    [[nodiscard]] std::vector<std::uint32_t> count(const std::vector<std::string>& texts) const;
    /// One text, on OpenVINO's own thread, so that a question waits for no pool. I/O thread only. Errors: backend.
    Task<TokenIds> atokenize(std::string text);

  private:
    /// A request while in use; given back when destroyed.
    class Lease {
      public:
        explicit Lease(const Tokenizer& owner);
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease();
        ov::InferRequest request;

      private:
        const Tokenizer& owner_;
    };

    void run(const std::vector<std::string>& texts, std::size_t begin, std::size_t end, ov::InferRequest& request) const;
    [[nodiscard]] TokenIds row(const ov::InferRequest& request, std::size_t row, std::size_t max) const;
    [[nodiscard]] std::string_view readable(std::string_view text) const noexcept;

    ModelFile file_;
    mutable ov::CompiledModel model_;
    std::size_t max_tokens_;
    std::size_t special_ = 0;  ///< tokens of the empty text
    mutable std::mutex mutex_;
    mutable std::vector<ov::InferRequest> free_;
};

}  // namespace docmind
