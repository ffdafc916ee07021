#pragma once
// "About how many of the language model's tokens is this?" An estimate on the safe side: the model's own tokenizer is behind HTTP.

#include <cstddef>
#include <string_view>

namespace docmind {

/// At least what common vocabularies make of the text: a token for 3 bytes of ASCII, 0.7 tokens for each other byte.
[[nodiscard]] std::size_t estimate_tokens(std::string_view text);

}  // namespace docmind
