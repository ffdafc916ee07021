#include "storage/storage_parts.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/schema.hpp"

#include <utility>

namespace docmind {
namespace {

/// The tables are current before anything else looks at them.
Database& migrated(Database& database) {
    migrate(database);
    return database;
}

}  // namespace

CheckpointAtEnd::~CheckpointAtEnd() {
    crash_point("storage.close");
    try {
        database_.checkpoint();
    } catch (const std::exception&) {
        // The log stays beside the file and is read at the next start: nothing is lost.
    }
    crash_point("storage.close.after_checkpoint");
}

StorageParts::StorageParts(std::filesystem::path data_dir, std::size_t snapshot_rows)
    : directory(std::move(data_dir)),
      database(directory.database_file(), Database::Role::writer),
      checkpoint(migrated(database)),
      readers(directory.database_file(), reader_count),
      writing(right_of_way, {.is_urgent = [this] { return writer.stats().waiting_interactive > 0; }}),
      indexes({.file = directory.search_file(), .snapshot_rows = snapshot_rows}, database, writing),
      documents(database, indexes, writing),
      next_space(database, indexes),
      sessions(database),
      messages(database),
      writer({.name = "db_writer", .threads = 1}),
      reading({.name = "db_readers", .threads = reader_count}) {}

}  // namespace docmind
