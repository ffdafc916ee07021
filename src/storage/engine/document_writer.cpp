#include "storage/engine/document_writer.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/document_check.hpp"
#include "storage/engine/next_space.hpp"
#include "storage/engine/timestamp.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <utility>

namespace docmind {
namespace {

constexpr std::int64_t no_key = std::numeric_limits<std::int64_t>::max();

/// A document's new rows in the indexes: published before the commit, taken back unless it succeeds.
class IndexChange {
  public:
    IndexChange(SearchIndexes& indexes, std::int64_t document_key, const std::vector<std::int64_t>& node_keys,
                const std::vector<EmbeddedNode>& nodes, VectorTable table)
        : indexes_(indexes),
          document_key_(document_key),
          first_(node_keys.empty() ? no_key : node_keys.front()),
          active_(indexes.is_loaded()) {
        if (active_ && !nodes.empty()) indexes_.add(document_key, node_keys, nodes, table == VectorTable::searched);
    }
    ~IndexChange() {
        if (!active_) return;
        if (!kept_) indexes_.remove(document_key_, first_, no_key);
        indexes_.ended();
    }
    IndexChange(const IndexChange&) = delete;
    IndexChange& operator=(const IndexChange&) = delete;

    /// After the commit: what the document had before leaves the indexes, all of whose rows are looked at for that.
    void keep(bool had_nodes) {
        kept_ = true;
        if (active_ && had_nodes) indexes_.remove(document_key_, 0, first_);
    }

  private:
    SearchIndexes& indexes_;
    std::int64_t document_key_;
    std::int64_t first_;
    bool active_;
    bool kept_ = false;
};

/// While it lives, a requested stop ends the running statement.
class Stoppable {
  public:
    Stoppable(Database& database, std::stop_token stop) : database_(database) {
        database_.limit_next(std::move(stop), std::chrono::hours(24));
    }
    ~Stoppable() { database_.unlimit(); }
    Stoppable(const Stoppable&) = delete;
    Stoppable& operator=(const Stoppable&) = delete;

  private:
    Database& database_;
};

}  // namespace

DocumentWriter::DocumentWriter(Database& database, SearchIndexes& indexes, RightOfWay::Work& right_of_way)
    : database_(database), indexes_(indexes), right_of_way_(right_of_way), documents_(database), nodes_(database), spaces_(database) {}

bool DocumentWriter::has_vectors() {
    return Query(database_, "SELECT node_key FROM vectors LIMIT 1").step();
}

void DocumentWriter::use_embedding(const EmbeddingSpace& wanted) {
    Transaction transaction(database_);
    const std::optional<EmbeddingSpace> stored = spaces_.searched();
    const bool is_same = stored && stored->is_same(wanted);
    if (is_same && (stored->source == wanted.source || wanted.source == EmbeddingSource{})) return;
    const bool unnamed = stored && stored->model_id.empty() && stored->dimension == wanted.dimension;
    const bool occupied = has_vectors();
    if (occupied && !unnamed && !is_same) {
        throw Error(
            errc::conflict,
            fmt::format("The documents here were embedded with {} ({} components), but the model is now {} ({}). Use that model again, or "
                        "reprocess: ingest the documents again into another data directory.",
                        stored && !stored->model_id.empty() ? stored->model_id : "an unknown model", stored ? stored->dimension : 0,
                        wanted.model_id, wanted.dimension));
    }
    spaces_.set_searched(wanted);
    crash_point("storage.space.before_commit");
    transaction.commit();
    if (!indexes_.is_loaded() || is_same) return;
    if (occupied) {
        indexes_.name_space(wanted.model_id);
    } else {
        indexes_.expect(wanted);
    }
}

void DocumentWriter::load_indexes() {
    indexes_.load(spaces_.searched().value_or(EmbeddingSpace{}));
}

DocumentWriter::Destination DocumentWriter::destination(const std::string& model_id) {
    std::optional<EmbeddingSpace> searched = spaces_.searched();
    if (!searched || searched->model_id.empty() || model_id.empty() || searched->model_id == model_id)
        return {VectorTable::searched, std::move(searched)};
    std::optional<EmbeddingSpace> next = spaces_.next();
    if (next && next->model_id == model_id) return {VectorTable::next, std::move(next)};
    throw Error(errc::unavailable,
                fmt::format("The document was embedded with {}, but the library has vectors of {} now.", model_id, searched->model_id));
}

/// The key of the document's row, which says from now on that it is ready; what the document had before is gone.
DocumentWriter::Entered DocumentWriter::enter(const EmbeddedDocument& document) {
    const Document& given = document.document;
    std::optional<DocumentRecord> record = documents_.find(given.id);
    if (record && record->status == DocumentStatus::cancelled) {
        throw Error(errc::conflict, "This document was cancelled, so nothing of it was stored.");
    }
    const bool is_new = !record;
    if (is_new) {
        record = DocumentRecord{.id = given.id, .name = given.name.empty() ? given.id : given.name, .created_at = rfc3339_now()};
        for (const Page& page : given.pages) record->bytes += page.text.size();
    }
    record->media_type = given.media_type;
    record->status = DocumentStatus::ready;
    record->stage = IngestionStage::done;
    record->progress = 1;
    record->pages = static_cast<int>(given.pages.size());
    record->nodes = static_cast<int>(document.nodes.size());
    record->error_code.clear();
    record->error.clear();
    record->not_before = 0;
    record->deaths = 0;
    if (is_new) {
        documents_.insert(*record);
        const std::int64_t key = documents_.key_of(given.id).value();
        documents_.set_metadata(key, given.metadata);
        return {.key = key, .had_nodes = false};
    }
    const std::int64_t key = documents_.key_of(given.id).value();
    const bool had_nodes = nodes_.remove(key);
    crash_point("storage.add.old_removed");
    documents_.update(*record, {});
    documents_.finish_replacing(given.id);
    documents_.set_metadata(key, given.metadata);
    return {.key = key, .had_nodes = had_nodes};
}

void DocumentWriter::add(const EmbeddedDocument& document, std::stop_token stop) {
    const Destination to = destination(document.model_id);
    check_document(document, to.space ? to.space->dimension : 0);
    const Stoppable stoppable(database_, stop);
    Transaction transaction(database_);
    crash_point("storage.add.begin");
    if (!to.space && !document.nodes.empty()) {
        spaces_.set_searched({.model_id = document.model_id, .dimension = document.nodes.front().embedding.size(), .source = {}});
        if (indexes_.is_loaded()) indexes_.name_space(document.model_id);
    }
    const auto [key, had_nodes] = enter(document);
    const auto between = [&] {
        if (stop.stop_requested()) throw Error(errc::timeout, "Storing the document was ended.");
        right_of_way_.give_way();
    };
    const std::vector<std::int64_t> node_keys = nodes_.insert(key, document, to.table, between);
    if (to.table == VectorTable::next && !node_keys.empty()) note_without_vector(database_, node_keys.front());
    IndexChange change(indexes_, key, node_keys, document.nodes, to.table);
    crash_point("storage.add.before_commit");
    transaction.commit();
    crash_point("storage.add.after_commit");
    change.keep(had_nodes);
    indexes_.keep(node_keys.size());
}

DocumentRecord DocumentWriter::create(DocumentRecord record) {
    if (record.id.empty()) record.id = make_id();
    if (record.created_at.empty()) record.created_at = rfc3339_now();
    Transaction transaction(database_);
    if (!documents_.insert(record)) {
        std::optional<DocumentRecord> existing = documents_.find_by_sha256(record.sha256);
        if (!existing)
            throw Error(errc::conflict, fmt::format("The document id {} is in use. Choose another, or remove that document.", record.id));
        return std::move(*existing);
    }
    crash_point("storage.create.before_commit");
    transaction.commit();
    crash_point("storage.create.after_commit");
    return record;
}

void DocumentWriter::update(const DocumentRecord& record, const std::vector<DocumentStatus>& expected) {
    Transaction transaction(database_);
    if (!documents_.update(record, expected)) {
        const std::optional<DocumentRecord> now = documents_.find(record.id);
        if (!now) throw Error(errc::not_found, fmt::format("There is no document {}.", record.id));
        throw Error(errc::conflict, fmt::format("The document is {} now.", to_string(now->status)));
    }
    crash_point("storage.update.before_commit");
    transaction.commit();
    crash_point("storage.update.after_commit");
}

bool DocumentWriter::remove(const std::string& id) {
    Transaction transaction(database_);
    const std::optional<std::int64_t> key = documents_.key_of(id);
    if (!key) return false;
    crash_point("storage.remove.begin");
    nodes_.remove(*key);
    documents_.remove(id);
    crash_point("storage.remove.before_commit");
    transaction.commit();
    crash_point("storage.remove.after_commit");
    if (indexes_.is_loaded()) indexes_.remove(*key, 0, no_key);
    return true;
}

DocumentRecord DocumentWriter::replace(DocumentRecord record) {
    Transaction transaction(database_);
    if (!documents_.replace(record)) {
        const std::optional<DocumentRecord> now = documents_.find(record.id);
        if (!now) throw Error(errc::not_found, fmt::format("There is no document {}.", record.id));
        if (now->status == DocumentStatus::processing) throw Error(errc::conflict, "This document is being processed. Cancel that first.");
        throw Error(errc::conflict, "Another document has these bytes already.");
    }
    record = documents_.find(record.id).value();
    crash_point("storage.replace.before_commit");
    transaction.commit();
    return record;
}

void DocumentWriter::rename(const std::string& id, const std::string& name, const std::string& source) {
    Transaction transaction(database_);
    if (!documents_.rename(id, name, source)) {
        if (!documents_.find(id)) throw Error(errc::not_found, fmt::format("There is no document {}.", id));
        throw Error(errc::conflict, fmt::format("Another document follows {} already.", source));
    }
    transaction.commit();
}

std::optional<DocumentRecord> DocumentWriter::claim(const DocumentClaim& claim) {
    // What a power loss may take back: then the document is claimed again.
    Transaction transaction(database_, Durability::lazy);
    std::optional<DocumentRecord> record = documents_.claim(claim, rfc3339_now());
    if (!record) return std::nullopt;
    crash_point("storage.claim.before_commit");
    transaction.commit();
    return record;
}

void DocumentWriter::renew_leases(const std::string& owner) {
    Transaction transaction(database_, Durability::lazy);
    documents_.renew_leases(owner, rfc3339_now());
    transaction.commit();
}

int DocumentWriter::requeue_unfinished() {
    Transaction transaction(database_);
    const int requeued = documents_.requeue_unfinished();
    crash_point("storage.requeue.before_commit");
    transaction.commit();
    return requeued;
}

std::vector<std::string> DocumentWriter::check() {
    std::vector<std::string> problems;
    // One thing that cannot be read is one problem; the others are looked at all the same.
    const auto look = [&problems](const auto& at) {
        try {
            at();
        } catch (const Error& error) {
            problems.emplace_back(error.what());
        }
    };
    const auto expect_none = [&](const char* sql, const char* what) {
        look([&] {
            Query query(database_, sql);
            query.step();
            if (query.integer(0) != 0) problems.push_back(fmt::format("{} {}", query.integer(0), what));
        });
    };
    look([&] {
        Query query(database_, "PRAGMA integrity_check");
        while (query.step()) {
            if (query.text(0) != "ok") problems.push_back("The database is damaged: " + query.text(0));
        }
    });
    expect_none(
        "SELECT count(*) FROM nodes WHERE key NOT IN (SELECT node_key FROM vectors) AND key NOT IN (SELECT node_key FROM next_vectors)",
        "passages have no vector.");
    expect_none("SELECT count(*) FROM vectors WHERE node_key NOT IN (SELECT key FROM nodes)", "vectors belong to no passage.");
    expect_none("SELECT count(*) FROM nodes WHERE document_key NOT IN (SELECT key FROM documents)", "passages belong to no document.");
    expect_none("SELECT count(*) FROM pages WHERE document_key NOT IN (SELECT key FROM documents)", "pages belong to no document.");
    expect_none(
        "SELECT count(*) FROM documents d WHERE status = 'ready' AND (nodes <> (SELECT count(*) FROM nodes n WHERE n.document_key = d.key) "
        "OR pages <> (SELECT count(*) FROM pages p WHERE p.document_key = d.key))",
        "ready documents have lost pages or passages.");
    const auto expect_all = [&](const char* sql, std::size_t indexed, const char* index) {
        look([&] {
            Query query(database_, sql);
            query.step();
            if (static_cast<std::size_t>(query.integer(0)) == indexed) return;
            problems.push_back(fmt::format("The {} index holds {} passages, the database {}.", index, indexed, query.integer(0)));
        });
    };
    if (const auto snapshot = indexes_.dense().snapshot()) expect_all("SELECT count(*) FROM vectors", snapshot->size(), "dense");
    if (const auto snapshot = indexes_.text().snapshot()) expect_all("SELECT count(*) FROM nodes", snapshot->size(), "text");
    return problems;
}

}  // namespace docmind
