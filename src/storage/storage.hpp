#pragma once
// "Where does everything lie?" One data directory: documents, passages, vectors and conversations in one SQLite file, and beside it
// a copy of the search indexes.
//
// One thread writes and alone checkpoints the write-ahead log, two threads read; the I/O thread only waits. What a call has acknowledged
// is on disk (synchronous = FULL). It knows no file formats, no models and no HTTP; the original bytes of uploads are ingestion's.

#include "storage/embedding_spaces.hpp"
#include "storage/engine/library_copy.hpp"
#include "storage/sqlite_document_store.hpp"
#include "storage/sqlite_session_store.hpp"
#include "storage/sqlite_vector_store.hpp"
#include "storage/storage_parts.hpp"

#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace docmind {

class Storage {
  public:
    struct Params {
        std::filesystem::path data_dir;  ///< made where it is missing, for its user only
        /// The search indexes are written beside the database when so many passages have changed, or a sixteenth of all; at least 1.
        std::size_t snapshot_rows = 1000;
        std::chrono::seconds keep_removed_sessions = std::chrono::hours(24);  ///< they can be restored for so long; not negative
    };

    /// Locks and opens the directory; blocks for the milliseconds this takes. Errors: conflict (in use by another process; made by another
    /// program or a newer version), storage (cannot be read or written; damaged), storage_full, invalid_argument.
    explicit Storage(Params params);
    /// No call may be under way. Moves the write-ahead log into the database.
    ~Storage() = default;

    [[nodiscard]] SqliteVectorStore& vector_store() noexcept { return vector_store_; }
    [[nodiscard]] SqliteDocumentStore& document_store() noexcept { return document_store_; }
    [[nodiscard]] SqliteSessionStore& session_store() noexcept { return session_store_; }

    [[nodiscard]] EmbeddingSpaces& embedding_spaces() noexcept { return embedding_spaces_; }

    /// Says which model the vectors come from, and where that was found (empty: not said); durable. Errors: conflict (there are documents
    /// of another model: see embedding_spaces()).
    Task<> ause_embedding(std::string model_id, std::size_t dimension, EmbeddingSource source = {});
    /// Reads the search indexes into memory, so that the first question need not wait for that. Errors: storage.
    Task<> aload();
    /// What is wrong with the files, a sentence each; empty: nothing. Writes wait meanwhile.
    Task<std::vector<std::string>> acheck();
    /// Copies the database to database_copy(), as copy_library(). Blocks, on any one thread, for as long as that takes.
    [[nodiscard]] LibraryContents copy_database(std::stop_token stop);
    [[nodiscard]] std::filesystem::path database_copy() const { return parts_.directory.database_copy(); }

  private:
    StorageParts parts_;
    SqliteVectorStore vector_store_{parts_};
    SqliteDocumentStore document_store_{parts_};
    SqliteSessionStore session_store_;
    EmbeddingSpaces embedding_spaces_{parts_};
};

}  // namespace docmind
