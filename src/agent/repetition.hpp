#pragma once
// "Does this answer go round in circles?" Small models repeat themselves for ever; this says where that begins.

#include <cstddef>
#include <optional>
#include <string_view>

namespace docmind {

/// Where the answer so far begins to repeat itself: a long sentence said twice, a short one four times, or a pattern of up to 64 bytes
/// that fills the last 160. Digits do not count, so that numbered copies are copies. nullopt: it does not. Looks at the last 8 KiB.
[[nodiscard]] std::optional<std::size_t> find_repetition(std::string_view answer);

}  // namespace docmind
