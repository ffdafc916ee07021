#include "storage/engine/library_copy.hpp"

#include "storage/engine/database.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace docmind {
namespace {

/// The first with column next_sha256.
constexpr int first_with_versions = 2;

std::int64_t number(Database& database, std::string_view sql) {
    Query query(database, sql);
    query.step();
    return query.integer(0);
}

LibraryContents contents_of(Database& database) {
    LibraryContents contents{.schema_version = static_cast<int>(number(database, "PRAGMA user_version")),
                             .documents = static_cast<std::uint64_t>(number(database, "SELECT count(*) FROM documents")),
                             .sessions = static_cast<std::uint64_t>(number(database, "SELECT count(*) FROM sessions")),
                             .originals = {}};
    std::string sql = "SELECT sha256, bytes, id, name FROM documents WHERE sha256 <> ''";
    if (contents.schema_version >= first_with_versions)
        sql += " UNION ALL SELECT next_sha256, next_bytes, id, name FROM documents WHERE next_sha256 <> ''";
    sql += " ORDER BY 1";
    Query query(database, sql);
    while (query.step()) {
        std::string sha256 = query.text(0);
        if (!contents.originals.empty() && contents.originals.back().sha256 == sha256) continue;
        contents.originals.push_back({.sha256 = std::move(sha256),
                                      .bytes = static_cast<std::uint64_t>(query.integer(1)),
                                      .document_id = query.text(2),
                                      .document_name = query.text(3)});
    }
    return contents;
}

/// A backup is no death of the process: what was being processed is tried as often as before.
void requeue(Database& copy) {
    copy.execute(
        "UPDATE documents SET status = 'queued', stage = 'stored', progress = 0, attempts = max(attempts - 1, 0), lease_owner = '' "
        "WHERE status = 'processing'");
}

}  // namespace

LibraryContents copy_library(const std::filesystem::path& database, const std::filesystem::path& file, RightOfWay& searches,
                             std::stop_token stop) {
    remove_copy(file);
    RightOfWay::Work copying(searches, {});
    const auto goes_on = [&] {
        copying.give_way();
        return !stop.stop_requested();
    };
    try {
        Database(database, Database::Role::reader).copy_to(file, goes_on);
        Database copy(file, Database::Role::writer);
        // One file, that can be opened where nothing can be written.
        copy.execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF");
        requeue(copy);
        return contents_of(copy);
    } catch (...) {
        remove_copy(file);
        throw;
    }
}

void remove_copy(const std::filesystem::path& file) noexcept {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
        std::error_code ignored;
        std::filesystem::remove(file.string() + suffix, ignored);
    }
}

LibraryContents describe_library(const std::filesystem::path& copy) {
    Database database(copy, Database::Role::reader);
    Query check(database, "PRAGMA quick_check(1)");
    const bool sound = check.step() && check.text(0) == "ok";
    if (!sound) throw Error(errc::corrupt, fmt::format("{} is damaged: {}.", copy.filename().string(), check.text(0)));
    return contents_of(database);
}

bool is_empty_library(const std::filesystem::path& database) noexcept {
    try {
        Database opened(database, Database::Role::writer);
        return number(opened, "SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM sessions)") == 0;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace docmind
