#pragma once
// "Is this UTF-8, all of it?" The tokenizer's operations read on behind a sequence that breaks off, into the next text of a batch.

#include <string>
#include <string_view>

namespace docmind {

/// `text`, with U+FFFD in place of every byte that belongs to no well-formed sequence.
[[nodiscard]] std::string well_formed(std::string_view text);

}  // namespace docmind
