#pragma once
// "What should be in this archive?" The first of its files, as text and as a value.

#include <docmind/backup.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view manifest_digest_name = "manifest.json.sha256";  ///< behind it, as sha256sum writes it
inline constexpr std::string_view database_name = "docmind.sqlite3";
inline constexpr std::string_view settings_name = "settings.toml";
inline constexpr std::string_view originals_folder = "blobs/";

inline constexpr int backup_format_version = 1;

struct BackupMember {
    std::string name;
    std::uint64_t bytes = 0;
    std::string sha256;  ///< hex
};

struct Manifest {
    BackupContents contents;
    std::vector<BackupMember> members;  ///< in the order of the archive
};

/// JSON: one object, a member a line.
[[nodiscard]] std::string to_text(const Manifest& manifest);

/// Errors: corrupt (not a manifest, or not one that can be kept to: a name that no library has, or twice, sizes that do not add up),
/// conflict (of a newer format).
[[nodiscard]] Manifest parse_manifest(std::string_view text);

/// The same without the members, on one line.
[[nodiscard]] std::string to_line(const BackupContents& contents);
[[nodiscard]] BackupContents contents_from_line(std::string_view line);

/// 64 digits of hex, in small letters.
[[nodiscard]] bool is_sha256(std::string_view text) noexcept;

}  // namespace docmind
