#pragma once
// The word boxes of a page as bytes: two varint steps through the text and four coordinates in 1/16 point per word, about 11 bytes.

#include <docmind/node.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace docmind {

[[nodiscard]] std::vector<std::byte> encode_word_boxes(const std::vector<WordBox>& words);
/// Errors: storage (the bytes are damaged).
[[nodiscard]] std::vector<WordBox> decode_word_boxes(std::span<const std::byte> bytes);

}  // namespace docmind
