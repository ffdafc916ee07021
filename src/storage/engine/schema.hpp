#pragma once
// The tables, and how an older file becomes a current one.

#include <cstdint>

namespace docmind {

class Database;

/// Marks a file as DocMind's: "DocM".
inline constexpr std::int64_t application_id = 0x446f634d;

/// The version of the tables that this program reads and writes.
[[nodiscard]] int schema_version() noexcept;

/// Brings the file to schema_version(), one transaction a version. Errors: storage, storage_full.
void migrate(Database& database);

}  // namespace docmind
