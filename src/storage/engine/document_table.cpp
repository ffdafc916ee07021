#include "storage/engine/document_table.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <array>
#include <limits>

namespace docmind {
namespace {

constexpr auto columns =
    "id, name, media_type, sha256, bytes, status, stage, progress, pages, nodes, attempts, error_code, error, created_at, key, priority, "
    "paused, not_before, deaths, source, next_sha256, next_bytes";
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
    record.priority = static_cast<int>(row.integer(15));
    record.paused = row.integer(16) != 0;
    record.not_before = row.integer(17);
    record.deaths = static_cast<int>(row.integer(18));
    record.source = row.text(19);
    record.next_sha256 = row.text(20);
    record.next_bytes = static_cast<std::uint64_t>(row.integer(21));
    return record;
}

std::string select(std::string_view rest) {
    return fmt::format("SELECT {} FROM documents {}", columns, rest);
}

/// The row with its metadata.
std::optional<DocumentRecord> one(Database& database, Query& query) {
    if (!query.step()) return std::nullopt;
    DocumentRecord record = read_row(query);
    Query facts(database, "SELECT name, value FROM document_metadata WHERE document_key = ?", query.integer(key_column));
    while (facts.step()) record.metadata[facts.text(0)] = facts.text(1);
    return record;
}

}  // namespace

bool DocumentTable::insert(const DocumentRecord& r) {
    Query(database_,
          "INSERT INTO documents(id, name, media_type, sha256, bytes, status, stage, progress, pages, nodes, attempts, error_code, error, "
          "created_at, priority, paused, source, kind) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
          "WHERE ? = '' OR NOT EXISTS (SELECT 1 FROM documents WHERE next_sha256 = ? AND next_sha256 <> '') ON CONFLICT DO NOTHING",
          r.id, r.name, r.media_type, r.sha256, r.bytes, to_string(r.status), to_string(r.stage), r.progress, r.pages, r.nodes, r.attempts,
          r.error_code, r.error, r.created_at, r.priority, r.paused, r.source, file_kind(r.name), r.sha256, r.sha256)
        .run();
    return database_.changes() == 1;
}

std::optional<DocumentRecord> DocumentTable::find(const std::string& id) {
    Query query(database_, select("WHERE id = ?"), id);
    return one(database_, query);
}

std::optional<DocumentRecord> DocumentTable::find_by_sha256(const std::string& sha256) {
    if (sha256.empty()) return std::nullopt;
    {
        Query query(database_, select("WHERE next_sha256 = ? AND next_sha256 <> ''"), sha256);
        if (auto found = one(database_, query)) return found;
    }
    Query query(database_, select("WHERE sha256 = ? AND sha256 <> ''"), sha256);
    return one(database_, query);
}

std::optional<DocumentRecord> DocumentTable::find_by_source(const std::string& source) {
    if (source.empty()) return std::nullopt;
    Query query(database_, select("WHERE source = ? AND source <> ''"), source);
    return one(database_, query);
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
          "media_type = coalesce(nullif(?, ''), media_type), priority = ?, paused = ?, not_before = ?, deaths = ? "
          "WHERE id = ? AND (? OR status IN (?, ?, ?, ?, ?))",
          to_string(r.status), to_string(r.stage), r.progress, r.pages, r.nodes, r.attempts, r.error_code, r.error, r.media_type,
          r.priority, r.paused, r.not_before, r.deaths, r.id, expected.empty(), nth(0), nth(1), nth(2), nth(3), nth(4))
        .run();
    return database_.changes() == 1;
}

bool DocumentTable::replace(const DocumentRecord& r) {
    Query(database_,
          "UPDATE OR IGNORE documents SET next_sha256 = ?, next_bytes = ?, name = ?, kind = ?, source = ?, status = 'queued', "
          "stage = 'stored', progress = 0, attempts = 0, deaths = 0, not_before = 0, error_code = '', error = '' "
          "WHERE id = ? AND status <> 'processing' AND NOT EXISTS (SELECT 1 FROM documents WHERE sha256 = ? AND id <> ?)",
          r.next_sha256, r.next_bytes, r.name, file_kind(r.name), r.source, r.id, r.next_sha256, r.id)
        .run();
    return database_.changes() == 1;
}

bool DocumentTable::rename(const std::string& id, const std::string& name, const std::string& source) {
    Query(database_, "UPDATE OR IGNORE documents SET name = ?, kind = ?, source = ? WHERE id = ?", name, file_kind(name), source, id).run();
    return database_.changes() == 1;
}

void DocumentTable::finish_replacing(const std::string& id) {
    Query(database_,
          "UPDATE documents SET sha256 = next_sha256, bytes = next_bytes, next_sha256 = '', next_bytes = 0 WHERE id = ? AND next_sha256 <> "
          "''",
          id)
        .run();
}

void DocumentTable::set_metadata(std::int64_t key, const Metadata& metadata) {
    Query(database_, "DELETE FROM document_metadata WHERE document_key = ?", key).run();
    for (const auto& [name, value] : metadata) {
        Query(database_, "INSERT INTO document_metadata(document_key, name, value) VALUES(?, ?, ?)", key, name, value).run();
    }
}

std::optional<DocumentRecord> DocumentTable::claim(const DocumentClaim& claim, const std::string& leased_at) {
    const std::string order = claim.smallest_first ? "ORDER BY priority DESC, bytes, key" : "ORDER BY priority DESC, key";
    std::optional<DocumentRecord> record;
    {
        Query query(database_,
                    select("WHERE status = 'queued' AND paused = 0 AND not_before <= ? AND (? OR deaths = 0) " + order + " LIMIT 1"),
                    claim.now, claim.allow_suspects);
        record = one(database_, query);
    }
    if (!record) return std::nullopt;
    record->status = DocumentStatus::processing;
    record->stage = IngestionStage::parsing;
    record->progress = 0;
    record->attempts += 1;
    record->not_before = 0;
    record->error.clear();
    record->error_code.clear();
    update(*record, {});
    Query(database_, "UPDATE documents SET lease_owner = ?, leased_at = ? WHERE id = ?", claim.owner, leased_at, record->id).run();
    return record;
}

std::optional<std::int64_t> DocumentTable::next_due() {
    Query query(database_, "SELECT min(not_before) FROM documents WHERE status = 'queued' AND paused = 0 AND not_before > 0");
    query.step();
    const std::int64_t due = query.integer(0);  // NULL reads as 0
    return due > 0 ? std::optional(due) : std::nullopt;
}

void DocumentTable::renew_leases(const std::string& owner, const std::string& leased_at) {
    Query(database_, "UPDATE documents SET leased_at = ? WHERE status = 'processing' AND lease_owner = ?", leased_at, owner).run();
}

LibrarySummary DocumentTable::summary() {
    LibrarySummary summary;
    {
        Query query(database_, "SELECT status, paused, count(*) FROM documents GROUP BY status, paused");
        while (query.step()) {
            const auto count = static_cast<std::uint64_t>(query.integer(2));
            switch (parse(query.text(0), statuses)) {
                case DocumentStatus::queued: (query.integer(1) != 0 ? summary.paused : summary.queued) += count; break;
                case DocumentStatus::processing: summary.processing += count; break;
                case DocumentStatus::ready: summary.ready += count; break;
                case DocumentStatus::failed: summary.failed += count; break;
                case DocumentStatus::cancelled: summary.cancelled += count; break;
            }
        }
    }
    Query query(database_,
                "SELECT kind, count(*), sum(CASE WHEN next_sha256 <> '' THEN next_bytes ELSE bytes END) FROM documents "
                "WHERE status = 'queued' AND paused = 0 GROUP BY kind");
    while (query.step())
        summary.waiting.push_back(
            {query.text(0), static_cast<std::uint64_t>(query.integer(1)), static_cast<std::uint64_t>(query.integer(2))});
    return summary;
}

bool DocumentTable::remove(const std::string& id) {
    Query(database_, "DELETE FROM documents WHERE id = ?", id).run();
    return database_.changes() == 1;
}

int DocumentTable::requeue_unfinished() {
    Query(database_,
          "UPDATE documents SET status = 'queued', stage = 'stored', progress = 0, deaths = deaths + 1, lease_owner = '' "
          "WHERE status = 'processing'")
        .run();
    return static_cast<int>(database_.changes());
}

}  // namespace docmind
