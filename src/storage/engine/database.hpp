#pragma once
// "Run this SQL." One SQLite connection, its prepared statements, and the one place where SQLite's errors become Error.
//
// There are two kinds. The writer is the only connection that changes the file and the only one that checkpoints the write-ahead log; it
// is used by one thread at a time. Readers are opened read-only and never checkpoint, not even when they are closed. Two connections that
// reset the log at once are what corrupted SQLite databases before 3.51.3, so an older library does not compile here.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace docmind {

using Bytes = std::span<const std::byte>;

class Database {
  public:
    enum class Role { writer, reader };

    /// Opens the file; the writer creates it. Errors: storage, storage_full, conflict (a database of another program or a newer version).
    Database(const std::filesystem::path& file, Role role);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements without parameters.
    void execute(const char* sql);
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    [[nodiscard]] std::int64_t changes() const noexcept;
    [[nodiscard]] std::int64_t last_insert_key() const noexcept;
    /// Until `limit` has passed or `stop` is requested; then the running statement fails with Error{timeout}.
    void limit_next(std::stop_token stop, std::chrono::steady_clock::duration limit);
    void unlimit() noexcept;
    /// Writes all that is seen now into a new file, without what was removed (VACUUM INTO), and not flushed. `goes_on` is asked every few
    /// rows; false ends it with Error{timeout}, and leaves a part of the file.
    void copy_to(const std::filesystem::path& file, std::function<bool()> goes_on);
    /// Moves the write-ahead log into the file and empties it. Writer only.
    void checkpoint();
    [[noreturn]] void fail(int code);
    /// Errors: storage, once a write could not be made durable: what the disk holds is unknown until the file is opened again.
    void require_durable() const;

  private:
    friend class Query;
    struct Statement {
        sqlite3_stmt* handle = nullptr;
        bool busy = false;
    };
    struct Limit {
        std::stop_token stop;
        std::chrono::steady_clock::time_point until;
    };
    void open(Role role);
    void refuse_foreign();
    void close() noexcept;
    Statement& prepare(std::string_view sql);

    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
    std::map<std::string, std::vector<std::unique_ptr<Statement>>, std::less<>> statements_;
    Limit limit_;
    bool lost_write_ = false;
};

/// One run of a prepared statement: `Query q(db, "SELECT ... WHERE id = ?", id); while (q.step()) use(q.text(0));`
/// Texts and blobs are copied when bound. Columns count from 0.
class Query {
  public:
    template <class... Values>
    Query(Database& database, std::string_view sql, const Values&... values) : Query(database, sql, std::tuple<>{}) {
        int index = 0;
        (bind(++index, values), ...);
    }
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// True while there is a row.
    bool step();
    /// Runs to the end, rows are ignored.
    void run();
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Valid until the next step.
    [[nodiscard]] Bytes blob(int column) const;

  private:
    Query(Database& database, std::string_view sql, std::tuple<>);
    template <class Value>
    void bind(int index, const Value& value) {
        if constexpr (std::is_convertible_v<Value, Bytes>) {
            bind_blob(index, value);
        } else if constexpr (std::is_convertible_v<Value, std::string_view>) {
            bind_text(index, value);
        } else if constexpr (std::is_floating_point_v<Value>) {
            bind_real(index, value);
        } else {
            static_assert(std::is_integral_v<Value>);
            bind_integer(index, static_cast<std::int64_t>(value));
        }
    }
    void bind_integer(int index, std::int64_t value);
    void bind_real(int index, double value);
    void bind_text(int index, std::string_view value);
    void bind_blob(int index, Bytes value);
    void check(int code);

    Database& database_;
    Database::Statement& statement_;
};

/// Whether a commit waits for the disk. A lazy one survives the death of the process, not always that of the machine.
enum class Durability { full, lazy };

/// Everything between the constructor and commit() happens, or nothing does.
class Transaction {
  public:
    explicit Transaction(Database& database, Durability durability = Durability::full);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
    bool open_ = true;
    bool is_lazy_;
};

/// While it lives, a reader sees the database as it was in the constructor.
class ReadTransaction {
  public:
    explicit ReadTransaction(Database& database);
    ~ReadTransaction();
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;

  private:
    Database& database_;
};

}  // namespace docmind
