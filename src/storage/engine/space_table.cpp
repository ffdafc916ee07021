#include "storage/engine/space_table.hpp"

#include <fmt/format.h>

namespace docmind {

std::optional<EmbeddingSpace> SpaceTable::searched() {
    return read("embedding_space");
}

std::optional<EmbeddingSpace> SpaceTable::next() {
    return read("next_space");
}

void SpaceTable::set_searched(const EmbeddingSpace& space) {
    write("embedding_space", space);
}

void SpaceTable::set_next(const EmbeddingSpace& space) {
    write("next_space", space);
}

void SpaceTable::drop_next() {
    Query(database_, "DELETE FROM next_space").run();
}

std::optional<EmbeddingSpace> SpaceTable::read(std::string_view table) {
    Query query(database_, fmt::format("SELECT model_id, dimension, model_dir, base_url, model, query_instruction FROM {}", table));
    if (!query.step()) return std::nullopt;
    return EmbeddingSpace{
        .model_id = query.text(0),
        .dimension = static_cast<std::size_t>(query.integer(1)),
        .source = {.model_dir = query.text(2), .base_url = query.text(3), .model = query.text(4), .query_instruction = query.text(5)}};
}

void SpaceTable::write(std::string_view table, const EmbeddingSpace& space) {
    Query(database_,
          fmt::format("INSERT OR REPLACE INTO {}(only_row, model_id, dimension, model_dir, base_url, model, query_instruction) "
                      "VALUES(1, ?, ?, ?, ?, ?, ?)",
                      table),
          space.model_id, space.dimension, space.source.model_dir, space.source.base_url, space.source.model,
          space.source.query_instruction)
        .run();
}

}  // namespace docmind
