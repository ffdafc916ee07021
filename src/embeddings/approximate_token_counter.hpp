#pragma once
// "About how many tokens has this text?", without a model's tokenizer.

#include <docmind/node_parser.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// A careful estimate: rather too many than too few, so that passages fit the window of a model whose tokenizer is not at hand. A word
/// of Latin letters counts one token for every four letters (accented ones count twice), other alphabets one for every two letters,
/// Chinese, Japanese and Korean one for each character; every digit and every mark counts one, a picture character two.
class ApproximateTokenCounter final : public TokenCounter {
  public:
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;
};

}  // namespace docmind
