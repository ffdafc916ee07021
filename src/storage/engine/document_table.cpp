#include "storage/engine/document_table.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <array>
#include <limits>

namespace docmind {
namespace {

constexpr auto columns =
    "id, name, media_type, sha256, bytes, status, stage, progress, pages, nodes, attempts, error_code, error, created_at, key";
constexpr int key_column = 14;

constexpr std::array statuses{DocumentStatus::queued, DocumentStatus::processing, DocumentStatus::ready, DocumentStatus::failed,
                              DocumentStatus::cancelled};
constexpr std::array stages{IngestionStage::stored,    IngestionStage::parsing,  IngestionStage::splitting,
                            IngestionStage::embedding, IngestionStage::indexing, IngestionStage::done};

template <class Enum, std::size_t n>
Enum parse(const std::string& text, const std::array<Enum, n>& all) {
    for (const Enum value : all) {
        if (to_string(value) == text) return value;
    }
    throw Error(errc::storage, fmt::format("The catalogue holds the unknown word \"{}\". Restore a backup.", text));
}

DocumentRecord read_row(const Query& row) {
    DocumentRecord record;
    record.id = row.text(0);
    record.name = row.text(1);
    record.media_type = row.text(2);
    record.sha256 = row.text(3);
    record.bytes = static_cast<std::uint64_t>(row.integer(4));
    record.status = parse(row.text(5), statuses);
    record.stage = parse(row.text(6), stages);
    record.progress = row.real(7);
    record.pages = static_cast<int>(row.integer(8));
    record.nodes = static_cast<int>(row.integer(9));
    record.attempts = static_cast<int>(row.integer(10));
    record.error_code = row.text(11);
    record.error = row.text(12);
    record.created_at = row.text(13);
    return record;
}

std::string select(std::string_view rest) {
    return fmt::format("SELECT {} FROM documents {}", columns, rest);
}

std::optional<DocumentRecord> one(Query& query) {
    return query.step() ? std::optional(read_row(query)) : std::nullopt;
}

}  // namespace

bool DocumentTable::insert(const DocumentRecord& r) {
    Query(database_,
          "INSERT INTO documents(id, name, media_type, sha256, bytes, status, stage, progress, pages, nodes, attempts, error_code, error, "
          "created_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          r.id, r.name, r.media_type, r.sha256, r.bytes, to_string(r.status), to_string(r.stage), r.progress, r.pages, r.nodes, r.attempts,
          r.error_code, r.error, r.created_at)
        .run();
    return database_.changes() == 1;
}

std::optional<DocumentRecord> DocumentTable::find(const std::string& id) {
    Query query(database_, select("WHERE id = ?"), id);
    return one(query);
}

std::optional<DocumentRecord> DocumentTable::find_by_sha256(const std::string& sha256) {
    if (sha256.empty()) return std::nullopt;
    Query query(database_, select("WHERE sha256 = ? AND sha256 <> ''"), sha256);
    return one(query);
}

std::optional<std::int64_t> DocumentTable::key_of(const std::string& id) {
    Query query(database_, "SELECT key FROM documents WHERE id = ?", id);
    return query.step() ? std::optional(query.integer(0)) : std::nullopt;
}

DocumentTable::Listing DocumentTable::list(std::size_t limit, std::optional<std::int64_t> before) {
    Listing listing;
    std::int64_t last = 0;
    Query query(database_, select("WHERE key < ? ORDER BY key DESC LIMIT ?"), before.value_or(std::numeric_limits<std::int64_t>::max()),
                limit + 1);
    while (query.step()) {
        if (listing.documents.size() == limit) {
            listing.next = last;
            break;
        }
        listing.documents.push_back(read_row(query));
        last = query.integer(key_column);
    }
    return listing;
}

bool DocumentTable::update(const DocumentRecord& r, const std::vector<DocumentStatus>& expected) {
    const auto nth = [&expected](std::size_t i) { return i < expected.size() ? to_string(expected[i]) : std::string_view(); };
    Query(database_,
          "UPDATE documents SET status = ?, stage = ?, progress = ?, pages = ?, nodes = ?, attempts = ?, error_code = ?, error = ?, "
          "media_type = coalesce(nullif(?, ''), media_type) "
          "WHERE id = ? AND (? OR status IN (?, ?, ?, ?, ?))",
          to_string(r.status), to_string(r.stage), r.progress, r.pages, r.nodes, r.attempts, r.error_code, r.error, r.media_type, r.id,
          expected.empty(), nth(0), nth(1), nth(2), nth(3), nth(4))
        .run();
    return database_.changes() == 1;
}

bool DocumentTable::remove(const std::string& id) {
    Query(database_, "DELETE FROM documents WHERE id = ?", id).run();
    return database_.changes() == 1;
}

std::vector<DocumentRecord> DocumentTable::requeue_unfinished() {
    Query(database_, "UPDATE documents SET status = 'queued', stage = 'stored', progress = 0 WHERE status = 'processing'").run();
    std::vector<DocumentRecord> queued;
    Query query(database_, select("WHERE status = 'queued' ORDER BY key"));
    while (query.step()) queued.push_back(read_row(query));
    return queued;
}

}  // namespace docmind
