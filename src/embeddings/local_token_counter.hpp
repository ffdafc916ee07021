#pragma once
// "How many tokens has this text?", by the tokenizer of a model directory whose model is not loaded.

#include <docmind/node_parser.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class Tokenizer;

class LocalTokenCounter final : public TokenCounter {
  public:
    /// Blocks for a part of a second. `tokenizers_library` empty: the one this program or library came with.
    /// Errors: unavailable (something is missing), corrupt.
    explicit LocalTokenCounter(const std::filesystem::path& model_dir, const std::filesystem::path& tokenizers_library = {});
    ~LocalTokenCounter() override;
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;

  private:
    std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace docmind
