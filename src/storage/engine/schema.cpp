#include "storage/engine/schema.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/database.hpp"

#include <fmt/format.h>

#include <array>

namespace docmind {
namespace {

// Keys are AUTOINCREMENT: a search works on a snapshot of the dense index, and a key that is given twice could make it show the passage
// of another document.
constexpr std::array migrations{R"sql(
CREATE TABLE embedding_space(
    only_row INTEGER PRIMARY KEY CHECK(only_row = 1), model_id TEXT NOT NULL, dimension INTEGER NOT NULL) STRICT;

CREATE TABLE documents(
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, status TEXT NOT NULL, stage TEXT NOT NULL, progress REAL NOT NULL,
    pages INTEGER NOT NULL, nodes INTEGER NOT NULL, attempts INTEGER NOT NULL, error_code TEXT NOT NULL, error TEXT NOT NULL,
    created_at TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX documents_by_sha256 ON documents(sha256) WHERE sha256 <> '';
CREATE INDEX documents_unfinished ON documents(status, key) WHERE status IN ('queued', 'processing');

CREATE TABLE pages(
    document_key INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE, number INTEGER NOT NULL,
    width REAL NOT NULL, height REAL NOT NULL, text TEXT NOT NULL, words BLOB NOT NULL, UNIQUE(document_key, number)) STRICT;

CREATE TABLE nodes(
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_key INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, page INTEGER NOT NULL, begin_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL, tokens INTEGER NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, UNIQUE(document_key, ordinal)) STRICT;

CREATE TABLE vectors(
    node_key INTEGER PRIMARY KEY REFERENCES nodes(key) ON DELETE CASCADE, embedding BLOB NOT NULL) STRICT;

CREATE VIRTUAL TABLE node_text USING fts5(
    title, text, content='nodes', content_rowid='key', tokenize='porter unicode61 remove_diacritics 2');

CREATE TABLE sessions(
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT;
CREATE TABLE messages(
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    role TEXT NOT NULL, content TEXT NOT NULL, stopped INTEGER NOT NULL, created_at TEXT NOT NULL) STRICT;
CREATE INDEX messages_by_session ON messages(session_key, key);
CREATE TABLE citations(
    message_key INTEGER NOT NULL REFERENCES messages(key) ON DELETE CASCADE, position INTEGER NOT NULL,
    n INTEGER NOT NULL, document_id TEXT NOT NULL, name TEXT NOT NULL, page INTEGER NOT NULL, node_id TEXT NOT NULL, quote TEXT NOT NULL,
    UNIQUE(message_key, position)) STRICT;
)sql",
                                R"sql(
ALTER TABLE documents ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN lease_owner TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN leased_at TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN next_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN next_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN kind TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX documents_by_next_sha256 ON documents(next_sha256) WHERE next_sha256 <> '';
CREATE UNIQUE INDEX documents_by_source ON documents(source) WHERE source <> '';
DROP INDEX documents_unfinished;
CREATE INDEX documents_processing ON documents(key) WHERE status = 'processing';
CREATE INDEX documents_oldest_first ON documents(priority DESC, key) WHERE status = 'queued' AND paused = 0;
CREATE INDEX documents_smallest_first ON documents(priority DESC, bytes, key) WHERE status = 'queued' AND paused = 0;
CREATE INDEX documents_due ON documents(not_before) WHERE status = 'queued' AND paused = 0 AND not_before > 0;

CREATE TABLE document_metadata(
    document_key INTEGER NOT NULL REFERENCES documents(key) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE(document_key, name)) STRICT;

ALTER TABLE nodes ADD COLUMN section TEXT NOT NULL DEFAULT '';
ALTER TABLE nodes ADD COLUMN context_begin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN context_end INTEGER NOT NULL DEFAULT 0;

CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE watched_files(
    root TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, document_id TEXT NOT NULL,
    PRIMARY KEY(root, path)) STRICT;
)sql",
                                // Words are found by the text index (text_index.hpp), which is made from `nodes`.
                                R"sql(
DROP TABLE node_text;
)sql",
                                R"sql(
ALTER TABLE citations ADD COLUMN begin_byte INTEGER NOT NULL DEFAULT 0;
ALTER TABLE citations ADD COLUMN end_byte INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN confidence REAL;
CREATE TABLE message_sentences(
    message_key INTEGER NOT NULL REFERENCES messages(key) ON DELETE CASCADE, position INTEGER NOT NULL,
    begin_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL, problem TEXT NOT NULL, support REAL NOT NULL, n INTEGER NOT NULL,
    page INTEGER NOT NULL, page_begin INTEGER NOT NULL, page_end INTEGER NOT NULL, UNIQUE(message_key, position)) STRICT;
)sql",
                                // Both are filled only while the library moves to another embedding model (next_space.hpp).
                                R"sql(
CREATE TABLE next_space(
    only_row INTEGER PRIMARY KEY CHECK(only_row = 1), model_id TEXT NOT NULL, dimension INTEGER NOT NULL) STRICT;
CREATE TABLE next_vectors(
    node_key INTEGER PRIMARY KEY REFERENCES nodes(key) ON DELETE CASCADE, embedding BLOB NOT NULL) STRICT;
)sql",
                                // Conversations become trees: parent_key 0 is the beginning, `chosen` marks one of the messages that
                                // follow the same one. What was a list becomes one path.
                                R"sql(
ALTER TABLE sessions ADD COLUMN removed_at TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_removed ON sessions(removed_at) WHERE removed_at <> '';
ALTER TABLE messages ADD COLUMN parent_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN chosen INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN summary TEXT NOT NULL DEFAULT '';
UPDATE messages SET parent_key = COALESCE(
    (SELECT max(p.key) FROM messages p WHERE p.session_key = messages.session_key AND p.key < messages.key), 0);
CREATE INDEX messages_by_parent ON messages(session_key, parent_key);

CREATE VIRTUAL TABLE session_title USING fts5(
    title, content='sessions', content_rowid='key', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
CREATE TRIGGER session_title_added AFTER INSERT ON sessions BEGIN
    INSERT INTO session_title(rowid, title) VALUES(new.key, new.title);
END;
CREATE TRIGGER session_title_changed AFTER UPDATE OF title ON sessions BEGIN
    INSERT INTO session_title(session_title, rowid, title) VALUES('delete', old.key, old.title);
    INSERT INTO session_title(rowid, title) VALUES(new.key, new.title);
END;
CREATE TRIGGER session_title_removed AFTER DELETE ON sessions BEGIN
    INSERT INTO session_title(session_title, rowid, title) VALUES('delete', old.key, old.title);
END;
INSERT INTO session_title(session_title) VALUES('rebuild');

CREATE VIRTUAL TABLE message_text USING fts5(
    content, content='messages', content_rowid='key', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
CREATE TRIGGER message_text_added AFTER INSERT ON messages BEGIN
    INSERT INTO message_text(rowid, content) VALUES(new.key, new.content);
END;
CREATE TRIGGER message_text_removed AFTER DELETE ON messages BEGIN
    INSERT INTO message_text(message_text, rowid, content) VALUES('delete', old.key, old.content);
END;
INSERT INTO message_text(message_text) VALUES('rebuild');
)sql",
                                // Where the models were found (space_table.hpp).
                                R"sql(
ALTER TABLE embedding_space ADD COLUMN model_dir TEXT NOT NULL DEFAULT '';
ALTER TABLE embedding_space ADD COLUMN base_url TEXT NOT NULL DEFAULT '';
ALTER TABLE embedding_space ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE embedding_space ADD COLUMN query_instruction TEXT NOT NULL DEFAULT '';
ALTER TABLE next_space ADD COLUMN model_dir TEXT NOT NULL DEFAULT '';
ALTER TABLE next_space ADD COLUMN base_url TEXT NOT NULL DEFAULT '';
ALTER TABLE next_space ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE next_space ADD COLUMN query_instruction TEXT NOT NULL DEFAULT '';
)sql"};

int version_of(Database& database) {
    Query query(database, "PRAGMA user_version");
    query.step();
    return static_cast<int>(query.integer(0));
}

}  // namespace

int schema_version() noexcept {
    return static_cast<int>(migrations.size());
}

void migrate(Database& database, int to) {
    for (int version = version_of(database); version < to; ++version) {
        Transaction transaction(database);
        database.execute(migrations[static_cast<std::size_t>(version)]);
        database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, version + 1).c_str());
        crash_point("storage.migrate.before_commit");
        transaction.commit();
    }
}

}  // namespace docmind
