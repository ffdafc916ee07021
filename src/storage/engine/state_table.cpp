#include "storage/engine/state_table.hpp"

namespace docmind {

std::optional<std::string> StateTable::find(const std::string& name) {
    Query query(database_, "SELECT value FROM state WHERE name = ?", name);
    return query.step() ? std::optional(query.text(0)) : std::nullopt;
}

void StateTable::set(const std::string& name, const std::string& value) {
    Transaction transaction(database_);
    Query(database_, "INSERT INTO state(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", name, value)
        .run();
    transaction.commit();
}

std::vector<WatchedFile> StateTable::list_watched_files(const std::string& root) {
    std::vector<WatchedFile> files;
    Query query(database_, "SELECT path, bytes, modified_ns, document_id FROM watched_files WHERE root = ? ORDER BY path", root);
    while (query.step()) {
        files.push_back({.root = root,
                         .path = query.text(0),
                         .size = static_cast<std::uint64_t>(query.integer(1)),
                         .mtime_ns = query.integer(2),
                         .document_id = query.text(3)});
    }
    return files;
}

void StateTable::remember(const WatchedFile& file) {
    Transaction transaction(database_, Durability::lazy);
    Query(database_,
          "INSERT INTO watched_files(root, path, bytes, modified_ns, document_id) VALUES(?, ?, ?, ?, ?) ON CONFLICT(root, path) DO UPDATE "
          "SET bytes = excluded.bytes, modified_ns = excluded.modified_ns, document_id = excluded.document_id",
          file.root, file.path, file.size, file.mtime_ns, file.document_id)
        .run();
    transaction.commit();
}

void StateTable::forget(const std::string& root, const std::string& path) {
    Transaction transaction(database_, Durability::lazy);
    Query(database_, "DELETE FROM watched_files WHERE root = ? AND path = ?", root, path).run();
    transaction.commit();
}

}  // namespace docmind
