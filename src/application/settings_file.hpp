#pragma once
// "What does this file set?" docmind.toml, and the file of what was changed while the program ran: keys in sections.

#include <docmind/settings.hpp>

#include <filesystem>
#include <string>

namespace docmind {

/// "section.key" -> text. Errors: invalid_argument (it is not TOML, or a key stands outside a section), naming the line.
[[nodiscard]] SettingChanges read_settings_file(const std::filesystem::path& file);

/// The same of a file that need not be there.
[[nodiscard]] SettingChanges read_changes(const std::filesystem::path& file);

/// What write_changes() writes.
[[nodiscard]] std::string text_of_changes(const SettingChanges& changes);

/// Replaces the file at once, for its user only. Blocks for a write to the disk. Errors: storage.
void write_changes(const std::filesystem::path& file, const SettingChanges& changes);

}  // namespace docmind
