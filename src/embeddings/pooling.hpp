#pragma once
// "Which one vector stands for a text whose tokens have one each?"

#include <docmind/node.hpp>

#include "embeddings/encoder.hpp"
#include "embeddings/model_config.hpp"

#include <vector>

namespace docmind {

/// The vector of row `row` of an encoder's output, which is [rows, tokens, dimensions] or already [rows, dimensions]; `tokens` of the row
/// are no padding. Unit length if `config` says so. Errors: backend (a vector of zeros or of no numbers).
[[nodiscard]] Vector pooled(const Encoder::Output& output, std::size_t row, std::size_t tokens, const ModelConfig& config);

}  // namespace docmind
