#pragma once
// The tables, and how an older file becomes a current one.

#include <cstdint>

namespace docmind {

class Database;

/// Marks a file as DocMind's: "DocM".
inline constexpr std::int64_t application_id = 0x446f634d;

/// The version of the tables that this program reads and writes.
[[nodiscard]] int schema_version() noexcept;

/// Brings the file to version `to`, one transaction a version; a lower one than schema_version() is what an older program left. Errors:
/// storage, storage_full.
void migrate(Database& database, int to = schema_version());

}  // namespace docmind
