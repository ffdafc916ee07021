#pragma once
// "How does the library come from one embedding model to another?" The vectors of the next space grow beside those that are searched,
// and take their place in one transaction, once every passage has one. One thread calls it: the one that writes.
//
// What is there is kept when the process dies; so the work goes on where it stood. A vector of one space never stands beside those of
// another: they lie in two tables, and only one of them is ever searched.

#include "storage/engine/database.hpp"
#include "storage/engine/document_writer.hpp"
#include "storage/engine/search_indexes.hpp"

#include <docmind/node.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// A passage whose vector of the next space is missing.
struct UnembeddedPassage {
    std::int64_t key = 0;
    std::string text;  ///< as it is embedded: searchable_text()
};

struct SpaceProgress {
    std::string model_id;  ///< of the vectors that are searched; empty: unknown
    std::size_t passages = 0;
    std::size_t embedded = 0;  ///< of these, those with a vector of the next space
};

class NextSpace {
  public:
    NextSpace(Database& database, SearchIndexes& indexes) : database_(database), indexes_(indexes) {}

    /// False where the vectors that are there are of this space, or there are none; then a next space that was begun is given up. Else it
    /// is begun, or goes on where it stood; one of another model is given up for it.
    bool begin(const EmbeddingSpace& wanted);
    [[nodiscard]] SpaceProgress progress();
    /// In the order of their keys, beyond `after`, at most `limit`.
    [[nodiscard]] std::vector<UnembeddedPassage> missing(std::int64_t after, std::size_t limit);
    /// Passages that were removed meanwhile are passed over. A power loss may take the last of them back, the end of the process not.
    /// Errors: invalid_argument (number or dimension of the vectors; a component that is no number).
    void put(const std::vector<UnembeddedPassage>& passages, const std::vector<Vector>& vectors);
    /// The next space becomes the one that is searched, and the vectors of the old one are gone. False, with nothing done, while a passage
    /// has no vector. Errors: conflict (none was begun).
    bool finish();

  private:
    [[nodiscard]] std::optional<EmbeddingSpace> space(const char* table);
    void give_up();

    Database& database_;
    SearchIndexes& indexes_;
};

}  // namespace docmind
