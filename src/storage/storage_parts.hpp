#pragma once
// What the three stores share: the files, the connections, the two indexes and the threads that use them.

#include "async/pool.hpp"
#include "storage/engine/data_directory.hpp"
#include "storage/engine/database.hpp"
#include "storage/engine/document_writer.hpp"
#include "storage/engine/message_table.hpp"
#include "storage/engine/next_space.hpp"
#include "storage/engine/readers.hpp"
#include "storage/engine/right_of_way.hpp"
#include "storage/engine/search_indexes.hpp"
#include "storage/engine/session_table.hpp"

#include <filesystem>

namespace docmind {

/// Empties the write-ahead log when it goes: after the readers have closed, before the writer does.
class CheckpointAtEnd {
  public:
    explicit CheckpointAtEnd(Database& database) : database_(database) {}
    ~CheckpointAtEnd();
    CheckpointAtEnd(const CheckpointAtEnd&) = delete;
    CheckpointAtEnd& operator=(const CheckpointAtEnd&) = delete;

  private:
    Database& database_;
};

struct StorageParts {
    StorageParts(std::filesystem::path data_dir, std::size_t snapshot_rows);

    static constexpr std::size_t reader_count = 2;

    DataDirectory directory;
    Database database;  // the writer's
    CheckpointAtEnd checkpoint;
    Readers readers;
    RightOfWay right_of_way;
    RightOfWay::Work writing;
    SearchIndexes indexes;
    DocumentWriter documents;  // used on `writer` only
    NextSpace next_space;      // used on `writer` only
    SessionTable sessions;     // used on `writer` only
    MessageTable messages;     // used on `writer` only
    Pool writer;               // one thread: the only one that writes
    Pool reading;              // last, like `writer`: their threads end before what they use
};

}  // namespace docmind
