#include "storage/engine/next_space.hpp"

#include "storage/engine/crash_point.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace docmind {
namespace {

constexpr auto without_vector = "NOT EXISTS (SELECT 1 FROM next_vectors v WHERE v.node_key = n.key)";

std::size_t count(Database& database, const char* table) {
    Query query(database, fmt::format("SELECT count(*) FROM {}", table));
    query.step();
    return static_cast<std::size_t>(query.integer(0));
}

}  // namespace

std::optional<EmbeddingSpace> NextSpace::space(const char* table) {
    Query query(database_, fmt::format("SELECT model_id, dimension FROM {}", table));
    if (!query.step()) return std::nullopt;
    return EmbeddingSpace{query.text(0), static_cast<std::size_t>(query.integer(1))};
}

void NextSpace::give_up() {
    Query(database_, "DELETE FROM next_vectors").run();
    Query(database_, "DELETE FROM next_space").run();
}

bool NextSpace::begin(const EmbeddingSpace& wanted) {
    const auto is_wanted = [&](const std::optional<EmbeddingSpace>& space) {
        return space && space->model_id == wanted.model_id && space->dimension == wanted.dimension;
    };
    Transaction transaction(database_);
    const std::optional<EmbeddingSpace> stored = space("embedding_space");
    const std::optional<EmbeddingSpace> next = space("next_space");
    const bool unnamed = stored && stored->model_id.empty() && stored->dimension == wanted.dimension;
    const bool occupied = Query(database_, "SELECT node_key FROM vectors LIMIT 1").step();
    const bool needed = occupied && !unnamed && !is_wanted(stored);
    if (next && !(needed && is_wanted(next))) give_up();
    if (needed && !is_wanted(next)) {
        Query(database_, "INSERT INTO next_space(only_row, model_id, dimension) VALUES(1, ?, ?)", wanted.model_id, wanted.dimension).run();
    }
    crash_point("storage.next_space.before_begin");
    transaction.commit();
    return needed;
}

SpaceProgress NextSpace::progress() {
    const std::optional<EmbeddingSpace> stored = space("embedding_space");
    return {
        .model_id = stored ? stored->model_id : "", .passages = count(database_, "nodes"), .embedded = count(database_, "next_vectors")};
}

std::vector<UnembeddedPassage> NextSpace::missing(std::int64_t after, std::size_t limit) {
    std::vector<UnembeddedPassage> passages;
    Query query(database_,
                fmt::format("SELECT n.key, n.title, n.text FROM nodes n WHERE n.key > ? AND {} ORDER BY n.key LIMIT ?", without_vector),
                after, limit);
    while (query.step()) {
        Node node;
        node.title = query.text(1);
        node.text = query.text(2);
        passages.push_back({.key = query.integer(0), .text = searchable_text(node)});
    }
    return passages;
}

void NextSpace::put(const std::vector<UnembeddedPassage>& passages, const std::vector<Vector>& vectors) {
    Transaction transaction(database_, Durability::lazy);
    const std::optional<EmbeddingSpace> next = space("next_space");
    const auto fits = [&](const Vector& vector) {
        return next && vector.size() == next->dimension && std::ranges::all_of(vector, [](float x) { return std::isfinite(x); });
    };
    if (passages.size() != vectors.size() || !std::ranges::all_of(vectors, fits)) {
        throw Error(errc::invalid_argument, "These vectors do not belong to the space that the library is being moved to.");
    }
    for (std::size_t i = 0; i < passages.size(); ++i) {
        Query(database_, "INSERT OR REPLACE INTO next_vectors(node_key, embedding) SELECT key, ? FROM nodes WHERE key = ?",
              Bytes(std::as_bytes(std::span(vectors[i]))), passages[i].key)
            .run();
    }
    crash_point("storage.next_space.before_put");
    transaction.commit();
}

bool NextSpace::finish() {
    std::size_t dimension = 0;
    {
        Transaction transaction(database_);
        const std::optional<EmbeddingSpace> next = space("next_space");
        if (!next) throw Error(errc::conflict, "The library is not being moved to another embedding model.");
        if (Query(database_, fmt::format("SELECT n.key FROM nodes n WHERE {} LIMIT 1", without_vector)).step()) return false;
        dimension = next->dimension;
        database_.execute(
            "DROP TABLE vectors; ALTER TABLE next_vectors RENAME TO vectors;"
            "CREATE TABLE next_vectors("
            "    node_key INTEGER PRIMARY KEY REFERENCES nodes(key) ON DELETE CASCADE, embedding BLOB NOT NULL) STRICT;"
            "DELETE FROM embedding_space; INSERT INTO embedding_space SELECT * FROM next_space; DELETE FROM next_space;");
        indexes_.forget_kept();
        crash_point("storage.next_space.before_finish");
        transaction.commit();
    }
    crash_point("storage.next_space.after_finish");
    indexes_.reload_vectors(dimension);
    return true;
}

}  // namespace docmind
