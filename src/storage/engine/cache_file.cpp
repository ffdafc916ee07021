#include "storage/engine/cache_file.hpp"

#include "storage/engine/document_codec.hpp"
#include "storage/engine/schema.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/hash2/sha2.hpp>

#include <cstring>

namespace docmind {
namespace {

constexpr auto tables = R"sql(
CREATE TABLE IF NOT EXISTS embeddings(key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL, vector BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS embeddings_by_use ON embeddings(used);
CREATE TABLE IF NOT EXISTS read_documents(key TEXT NOT NULL UNIQUE, used INTEGER NOT NULL, document BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS read_documents_by_use ON read_documents(used);
)sql";

/// Of the limit, freed at once when it is passed: room is not made for every entry anew.
constexpr double freed_share = 0.1;

Bytes bytes_of(const CacheFile::Key& key) {
    return {key.data(), key.size()};
}

}  // namespace

CacheFile::CacheFile(std::filesystem::path file, std::uint64_t max_bytes) : file_(std::move(file)), max_bytes_(max_bytes) {
    try {
        open();
    } catch (const Error&) {
        database_.reset();
        for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + part);
        open();
    }
}

void CacheFile::open() {
    database_ = std::make_unique<Database>(file_, Database::Role::writer);
    Transaction transaction(*database_);
    database_->execute(tables);
    database_->execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = 1", application_id).c_str());
    transaction.commit();
    turn_ = 1 + std::max(number("SELECT max(used) FROM embeddings"), number("SELECT max(used) FROM read_documents"));
}

std::int64_t CacheFile::number(const char* sql) {
    Query query(*database_, sql);
    query.step();
    return query.integer(0);
}

CacheFile::Key CacheFile::key_of(std::string_view model_id, std::string_view text) {
    boost::hash2::sha2_256 hash;
    hash.update(model_id.data(), model_id.size());
    hash.update("\0", 1);
    hash.update(text.data(), text.size());
    const auto digest = hash.result();
    Key key;
    std::memcpy(key.data(), digest.data(), key.size());
    return key;
}

std::vector<std::optional<Vector>> CacheFile::find_embeddings(const std::vector<Key>& keys) {
    std::vector<std::optional<Vector>> found(keys.size());
    std::vector<std::int64_t> used;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        Query query(*database_, "SELECT vector, used, rowid FROM embeddings WHERE key = ?", bytes_of(keys[i]));
        if (!query.step()) continue;
        const Bytes bytes = query.blob(0);
        Vector vector(bytes.size() / sizeof(float));
        std::memcpy(vector.data(), bytes.data(), vector.size() * sizeof(float));
        found[i] = std::move(vector);
        if (query.integer(1) != turn_) used.push_back(query.integer(2));
    }
    if (used.empty()) return found;
    Transaction transaction(*database_, Durability::lazy);
    for (const std::int64_t row : used) Query(*database_, "UPDATE embeddings SET used = ? WHERE rowid = ?", turn_, row).run();
    transaction.commit();
    return found;
}

void CacheFile::put_embeddings(const std::vector<Key>& keys, const std::vector<Vector>& vectors) {
    Transaction transaction(*database_, Durability::lazy);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        Query(*database_, "INSERT OR REPLACE INTO embeddings(key, used, vector) VALUES(?, ?, ?)", bytes_of(keys[i]), turn_,
              Bytes(std::as_bytes(std::span(vectors[i]))))
            .run();
    }
    transaction.commit();
    make_room();
}

std::optional<Document> CacheFile::find_document(const std::string& key) {
    std::optional<Document> document;
    {
        Query query(*database_, "SELECT document FROM read_documents WHERE key = ?", key);
        if (!query.step()) return std::nullopt;
        document = decode_document(query.blob(0));
    }
    Transaction transaction(*database_, Durability::lazy);
    Query(*database_, "UPDATE read_documents SET used = ? WHERE key = ? AND used <> ?", turn_, key, turn_).run();
    transaction.commit();
    return document;
}

void CacheFile::put_document(const std::string& key, const Document& document) {
    const std::vector<std::byte> bytes = encode_document(document);
    // One that would push out half of the others is not worth its place.
    if (bytes.size() > max_bytes_ / 4) return;
    Transaction transaction(*database_, Durability::lazy);
    Query(*database_, "INSERT OR REPLACE INTO read_documents(key, used, document) VALUES(?, ?, ?)", key, turn_, Bytes(bytes)).run();
    transaction.commit();
    make_room();
}

void CacheFile::make_room() {
    const auto bytes =
        static_cast<std::uint64_t>((number("PRAGMA page_count") - number("PRAGMA freelist_count")) * number("PRAGMA page_size"));
    if (bytes <= max_bytes_) return;
    Transaction transaction(*database_, Durability::lazy);
    for (const char* sql : {"DELETE FROM embeddings WHERE rowid IN (SELECT rowid FROM embeddings ORDER BY used, rowid LIMIT ?)",
                            "DELETE FROM read_documents WHERE rowid IN (SELECT rowid FROM read_documents ORDER BY used, rowid LIMIT ?)"}) {
        const bool is_embeddings = std::string_view(sql).starts_with("DELETE FROM embeddings");
        const std::int64_t rows = number(is_embeddings ? "SELECT count(*) FROM embeddings" : "SELECT count(*) FROM read_documents");
        Query(*database_, sql, 1 + static_cast<std::int64_t>(static_cast<double>(rows) * freed_share)).run();
    }
    transaction.commit();
}

}  // namespace docmind
