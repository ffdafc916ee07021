#include "storage/engine/next_space.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/state_table.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace docmind {
namespace {

constexpr auto first_without_vector = "first_without_vector";  // in the state: the key of a passage

std::size_t count(Database& database, const char* table) {
    Query query(database, fmt::format("SELECT count(*) FROM {}", table));
    query.step();
    return static_cast<std::size_t>(query.integer(0));
}

}  // namespace

void note_without_vector(Database& database, std::int64_t first_key) {
    // Keys ascend: what is noted already is the first.
    Query(database, "INSERT OR IGNORE INTO state(name, value) VALUES(?, ?)", first_without_vector, std::to_string(first_key)).run();
}

void NextSpace::drop() {
    Query(database_, "DELETE FROM next_vectors").run();
    spaces_.drop_next();
}

bool NextSpace::begin(const EmbeddingSpace& wanted) {
    Transaction transaction(database_);
    const std::optional<EmbeddingSpace> stored = spaces_.searched();
    const std::optional<EmbeddingSpace> next = spaces_.next();
    const bool goes_on = next && next->is_same(wanted);
    const bool unnamed = stored && stored->model_id.empty() && stored->dimension == wanted.dimension;
    const bool occupied = Query(database_, "SELECT node_key FROM vectors LIMIT 1").step() ||
                          (goes_on && Query(database_, "SELECT node_key FROM next_vectors LIMIT 1").step());
    const bool needed = occupied && !unnamed && !(stored && stored->is_same(wanted));
    if (next && !(needed && goes_on)) drop();
    if (needed) spaces_.set_next(wanted);
    crash_point("storage.next_space.before_begin");
    transaction.commit();
    return needed;
}

SpaceProgress NextSpace::progress() {
    return {.passages = count(database_, "nodes"), .embedded = count(database_, "next_vectors")};
}

NextSpace::Target NextSpace::target(const std::string& model_id) {
    if (auto searched = spaces_.searched(); searched && searched->model_id == model_id) return {std::move(*searched), true};
    if (auto next = spaces_.next(); next && next->model_id == model_id) return {std::move(*next), false};
    throw Error(errc::unavailable, fmt::format("The library has no vectors of {}, and is not being moved to it.", model_id));
}

std::vector<UnembeddedPassage> NextSpace::without_vector(const char* table, std::int64_t after, std::size_t limit) {
    std::vector<UnembeddedPassage> passages;
    Query query(database_,
                fmt::format("SELECT n.key, n.document_key, n.title, n.text FROM nodes n WHERE n.key > ? AND NOT EXISTS "
                            "(SELECT 1 FROM {} v WHERE v.node_key = n.key) ORDER BY n.key LIMIT ?",
                            table),
                after, limit);
    while (query.step()) {
        Node node;
        node.title = query.text(2);
        node.text = query.text(3);
        passages.push_back({.key = query.integer(0), .document_key = query.integer(1), .text = searchable_text(node)});
    }
    return passages;
}

std::vector<UnembeddedPassage> NextSpace::missing(const std::string& model_id, std::int64_t after, std::size_t limit) {
    if (!target(model_id).is_searched) return without_vector("next_vectors", after, limit);
    // Nearly always there is none, and then nothing is looked at.
    const std::optional<std::string> noted = StateTable(database_).find(first_without_vector);
    if (!noted) return {};
    searched_until_ = std::max<std::int64_t>(searched_until_, std::stoll(*noted) - 1);
    std::vector<UnembeddedPassage> passages = without_vector("vectors", std::max(after, searched_until_), limit);
    if (after > searched_until_) return passages;
    if (passages.empty()) {
        Query(database_, "DELETE FROM state WHERE name = ?", first_without_vector).run();
    } else {
        searched_until_ = passages.front().key - 1;
    }
    return passages;
}

void NextSpace::put(const std::string& model_id, const std::vector<UnembeddedPassage>& passages, const std::vector<Vector>& vectors) {
    const Target to = target(model_id);
    const auto fits = [&](const Vector& vector) {
        return vector.size() == to.space.dimension && std::ranges::all_of(vector, [](float x) { return std::isfinite(x); });
    };
    if (passages.size() != vectors.size() || !std::ranges::all_of(vectors, fits))
        throw Error(errc::invalid_argument, fmt::format("These are not vectors of {}, or not one for each passage.", model_id));
    Transaction transaction(database_, to.is_searched ? Durability::full : Durability::lazy);
    std::vector<SearchIndexes::VectorRow> stored;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        Query(database_,
              fmt::format("INSERT OR IGNORE INTO {}(node_key, embedding) SELECT key, ? FROM nodes WHERE key = ?",
                          to.is_searched ? "vectors" : "next_vectors"),
              Bytes(std::as_bytes(std::span(vectors[i]))), passages[i].key)
            .run();
        if (database_.changes() == 0) continue;
        stored.push_back({.node_key = passages[i].key, .document_key = passages[i].document_key, .embedding = vectors[i]});
    }
    crash_point("storage.next_space.before_put");
    transaction.commit();
    if (to.is_searched && indexes_.is_loaded()) indexes_.add_vectors(stored);
}

bool NextSpace::finish() {
    EmbeddingSpace space;
    {
        Transaction transaction(database_);
        std::optional<EmbeddingSpace> next = spaces_.next();
        if (!next) throw Error(errc::conflict, "The library is not being moved to another embedding model.");
        if (!without_vector("next_vectors", 0, 1).empty()) return false;
        space = std::move(*next);
        database_.execute(
            "DROP TABLE vectors; ALTER TABLE next_vectors RENAME TO vectors;"
            "CREATE TABLE next_vectors("
            "    node_key INTEGER PRIMARY KEY REFERENCES nodes(key) ON DELETE CASCADE, embedding BLOB NOT NULL) STRICT;");
        spaces_.set_searched(space);
        spaces_.drop_next();
        Query(database_, "DELETE FROM state WHERE name = ?", first_without_vector).run();
        indexes_.forget_kept();
        crash_point("storage.next_space.before_finish");
        transaction.commit();
    }
    crash_point("storage.next_space.after_finish");
    indexes_.reload_vectors(space);
    return true;
}

bool NextSpace::give_up() {
    Transaction transaction(database_);
    if (!spaces_.next()) return false;
    drop();
    crash_point("storage.next_space.before_give_up");
    transaction.commit();
    return true;
}

}  // namespace docmind
