#pragma once
// "Is everything I need here, and does it work?"

#include <docmind/settings.hpp>

#include <string>

namespace docmind::cli {

/// Checks each part and prints a line for each; 0 if all are usable.
int doctor(const Settings& settings, bool json);

/// The text as a JSON string, quotes included.
[[nodiscard]] std::string quoted_json(const std::string& text);

}  // namespace docmind::cli
