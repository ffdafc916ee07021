#include "storage/engine/database.hpp"

#include "storage/engine/schema.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace docmind {

static_assert(SQLITE_VERSION_NUMBER >= 3051003, "SQLite before 3.51.3 can corrupt a database when its write-ahead log is reset");

namespace {

constexpr int busy_timeout_ms = 5'000;
constexpr int steps_between_limit_checks = 2'000;
constexpr int steps_between_copied_rows = 100;  // some 30 rows

[[noreturn]] void raise(sqlite3* handle, const std::filesystem::path& file, int code) {
    const std::string name = file.string();
    const std::string detail = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const int system_error = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    const bool no_space = (code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
    switch (no_space ? SQLITE_FULL : code & 0xff) {
        case SQLITE_NOMEM: throw std::bad_alloc();
        case SQLITE_FULL: throw Error(errc::storage_full, fmt::format("No space is left for {}. Free some and try again.", name));
        case SQLITE_INTERRUPT: throw Error(errc::timeout, "The search took too long and was ended. Ask with fewer words.");
        case SQLITE_TOOBIG: throw Error(errc::too_large, "A text is larger than the database can hold.");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Error(errc::storage, fmt::format("{} is damaged ({}). Restore a backup, or move the file away and ingest the documents "
                                                   "again.",
                                                   name, detail));
        case SQLITE_BUSY:
        case SQLITE_LOCKED: throw Error(errc::storage, fmt::format("{} is locked by another program. Close it and try again.", name));
        case SQLITE_CONSTRAINT: throw Error(errc::conflict, fmt::format("The store refused a contradiction: {}.", detail));
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            throw Error(errc::storage,
                        fmt::format("{} cannot be opened or written ({}). Check that the folder exists and belongs to you.", name, detail));
        default: throw Error(errc::storage, fmt::format("{}: {} (SQLite {}).", name, detail, code));
    }
}

}  // namespace

Database::Database(const std::filesystem::path& file, Role role) : file_(file) {
    try {
        open(role);
    } catch (...) {
        close();
        throw;
    }
}

Database::~Database() {
    close();
}

void Database::open(Role role) {
    const bool writer = role == Role::writer;
    if (writer) {
        // SQLite gives its log the permissions of the file. What is wrong with the path, SQLite tells below.
        if (const int made = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); made >= 0) ::close(made);
    }
    const int access = writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (const int code = sqlite3_open_v2(file_.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr))
        fail(code);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    refuse_foreign();
    execute("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000");
    if (writer) {
        execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864");
    } else {
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        execute("PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0");
    }
}

// Nothing has been written to the file before this answers.
void Database::refuse_foreign() {
    const auto number = [this](const char* sql) {
        Query query(*this, sql);
        query.step();
        return query.integer(0);
    };
    const auto id = number("PRAGMA application_id");
    const auto version = number("PRAGMA user_version");
    if (id == application_id) {
        if (version > schema_version()) {
            throw Error(errc::conflict, fmt::format("{} was made by a newer DocMind (version {} of its tables, this one knows {}). "
                                                    "Use that version.",
                                                    file_.string(), version, schema_version()));
        }
    } else if (id != 0 || version != 0 || number("SELECT count(*) FROM sqlite_schema") != 0) {
        throw Error(errc::conflict, fmt::format("{} is a database of another program. Choose another data directory.", file_.string()));
    }
}

void Database::close() noexcept {
    for (const auto& [sql, same] : statements_) {
        for (const auto& statement : same) sqlite3_finalize(statement->handle);
    }
    statements_.clear();
    sqlite3_close(handle_);
    handle_ = nullptr;
}

void Database::fail(int code) {
    // After a failed fsync the kernel may have dropped the pages: a second try would report success for nothing.
    lost_write_ = lost_write_ || code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    raise(handle_, file_, code);
}

void Database::require_durable() const {
    if (lost_write_)
        throw Error(errc::storage, fmt::format("A write to {} was lost by the disk. Restart DocMind; check the disk.", file_.string()));
}

void Database::execute(const char* sql) {
    if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)) fail(code);
}

std::int64_t Database::changes() const noexcept {
    return sqlite3_changes64(handle_);
}

std::int64_t Database::last_insert_key() const noexcept {
    return sqlite3_last_insert_rowid(handle_);
}

void Database::limit_next(std::stop_token stop, std::chrono::steady_clock::duration limit) {
    limit_ = {std::move(stop), std::chrono::steady_clock::now() + limit};
    const auto passed = [](void* context) {
        const auto& now = *static_cast<const Limit*>(context);
        return now.stop.stop_requested() || std::chrono::steady_clock::now() > now.until ? 1 : 0;
    };
    sqlite3_progress_handler(handle_, steps_between_limit_checks, passed, &limit_);
}

void Database::unlimit() noexcept {
    sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
    limit_ = {};
}

void Database::copy_to(const std::filesystem::path& file, std::function<bool()> goes_on) {
    struct Asked {
        Asked(Database& database, std::function<bool()>& question) : owner(database) {
            const auto is_over = [](void* context) { return (*static_cast<std::function<bool()>*>(context))() ? 0 : 1; };
            sqlite3_progress_handler(owner.handle_, steps_between_copied_rows, is_over, &question);
        }
        ~Asked() { owner.unlimit(); }
        Asked(const Asked&) = delete;
        Asked& operator=(const Asked&) = delete;
        Database& owner;
    };
    // What is open here is still read only: these concern the new file.
    execute("PRAGMA query_only = OFF; PRAGMA synchronous = OFF");
    const Asked asked(*this, goes_on);
    Query(*this, "VACUUM INTO ?", file.string()).run();
}

void Database::checkpoint() {
    if (const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr)) fail(code);
}

Database::Statement& Database::prepare(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) found = statements_.try_emplace(std::string(sql)).first;
    for (const auto& statement : found->second) {
        if (!statement->busy) return *statement;
    }
    auto statement = std::make_unique<Statement>();
    const int code =
        sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement->handle, nullptr);
    if (code) fail(code);
    return *found->second.emplace_back(std::move(statement));
}

Query::Query(Database& database, std::string_view sql, std::tuple<>) : database_(database), statement_(database.prepare(sql)) {
    statement_.busy = true;
}

Query::~Query() {
    sqlite3_reset(statement_.handle);
    sqlite3_clear_bindings(statement_.handle);
    statement_.busy = false;
}

void Query::check(int code) {
    if (code != SQLITE_OK) database_.fail(code);
}

bool Query::step() {
    const int code = sqlite3_step(statement_.handle);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    database_.fail(code);
}

void Query::run() {
    while (step()) {
    }
}

void Query::bind_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.handle, index, value));
}

void Query::bind_real(int index, double value) {
    check(sqlite3_bind_double(statement_.handle, index, value));
}

void Query::bind_text(int index, std::string_view value) {
    // An empty view may point nowhere, which SQLite would take for NULL.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(statement_.handle, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::bind_blob(int index, Bytes value) {
    if (value.empty()) return check(sqlite3_bind_zeroblob(statement_.handle, index, 0));
    check(sqlite3_bind_blob64(statement_.handle, index, value.data(), value.size(), SQLITE_TRANSIENT));
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_.handle, column);
}

double Query::real(int column) const {
    return sqlite3_column_double(statement_.handle, column);
}

std::string Query::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.handle, column));
    return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle, column)));
}

Bytes Query::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.handle, column));
    return data == nullptr ? Bytes() : Bytes(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle, column)));
}

Transaction::Transaction(Database& database, Durability durability) : database_(database), is_lazy_(durability == Durability::lazy) {
    database_.require_durable();
    if (is_lazy_) database_.execute("PRAGMA synchronous = NORMAL");
    Query(database_, "BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
    try {
        if (open_) Query(database_, "ROLLBACK").run();
    } catch (const std::exception&) {
        // A full disk or a damaged page has rolled it back already.
    }
    try {
        if (is_lazy_) database_.execute("PRAGMA synchronous = FULL");
    } catch (const std::exception&) {
        // Only a transaction that is still open refuses it, and then everything after it fails too.
    }
}

void Transaction::commit() {
    Query(database_, "COMMIT").run();
    open_ = false;
}

ReadTransaction::ReadTransaction(Database& database) : database_(database) {
    Query(database_, "BEGIN").run();
    // BEGIN alone looks at nothing: the first read decides what is seen.
    Query(database_, "SELECT key FROM documents LIMIT 1").step();
}

ReadTransaction::~ReadTransaction() {
    try {
        Query(database_, "COMMIT").run();
    } catch (const std::exception&) {
        // SQLite has ended it already; there is nothing to undo in a read.
    }
}

}  // namespace docmind
