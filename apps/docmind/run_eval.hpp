#pragma once
// "What is measured on these evaluation sets?" The configurations of the search, or of the answers, one table for all of them.

#include <docmind/settings.hpp>

#include <filesystem>

#include "verbs.hpp"

namespace docmind::cli {

/// A library for each set: in a temporary folder, or in one of the set's name in --data, where the next evaluation finds it filled. Errors:
/// those of evaluate and evaluate_answers.
int run_eval(Settings settings, const std::filesystem::path& data, const std::filesystem::path& folder, EvalOptions options);

}  // namespace docmind::cli
