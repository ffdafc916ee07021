#pragma once
// "How does the library come from one embedding model to another?" The vectors of the next space grow beside those that are searched,
// and take their place in one transaction, once every passage has one. One thread calls it: the one that writes.
//
// What is there is kept when the process dies; so the work goes on where it stood. A vector of one space never stands beside those of
// another: they lie in two tables, a vector is stored under the name of its model, and that says in which.
//
// A document that is added meanwhile brings vectors of one of the two. Until it has those of the searched space it is found by its words.

#include "storage/engine/database.hpp"
#include "storage/engine/search_indexes.hpp"
#include "storage/engine/space_table.hpp"

#include <docmind/node.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// A passage that lacks a vector of a space.
struct UnembeddedPassage {
    std::int64_t key = 0, document_key = 0;
    std::string text;  ///< as it is embedded: searchable_text()
};

struct SpaceProgress {
    std::size_t passages = 0;
    std::size_t embedded = 0;  ///< of these, those with a vector of the next space
};

class NextSpace {
  public:
    NextSpace(Database& database, SearchIndexes& indexes) : database_(database), indexes_(indexes), spaces_(database) {}

    /// False where the vectors that are there are of this space, or there are none; then a next space that was begun is given up. Else it
    /// is begun, or goes on where it stood; one of another model is given up for it.
    bool begin(const EmbeddingSpace& wanted);
    /// No model: there are no vectors, or nobody said whose they are.
    [[nodiscard]] EmbeddingSpace searched() { return spaces_.searched().value_or(EmbeddingSpace{}); }
    /// Counts: not for every start.
    [[nodiscard]] SpaceProgress progress();
    /// Passages without a vector of this model, in the order of their keys, beyond `after`, at most `limit`. Errors: unavailable (it is
    /// neither the model that is searched nor the next one).
    [[nodiscard]] std::vector<UnembeddedPassage> missing(const std::string& model_id, std::int64_t after, std::size_t limit);
    /// Vectors of this model; those of the searched one are found from now on. Passages that were removed meanwhile are passed over. Of the
    /// next space a power loss may take the last of them back, the end of the process not. Errors: unavailable (as above), invalid_argument
    /// (number or dimension of the vectors; a component that is no number).
    void put(const std::string& model_id, const std::vector<UnembeddedPassage>& passages, const std::vector<Vector>& vectors);
    /// The next space becomes the one that is searched, and the vectors of the old one are gone. False, with nothing done, while a passage
    /// has no vector. Who still comes with a vector of the old space finds what was there, until SearchIndexes::forget_former_space().
    /// Errors: conflict (none was begun).
    bool finish();
    /// The searched space stays; the vectors of the next one are gone. False where none was begun.
    bool give_up();

  private:
    struct Target {
        EmbeddingSpace space;
        bool is_searched = false;
    };
    [[nodiscard]] Target target(const std::string& model_id);
    [[nodiscard]] std::vector<UnembeddedPassage> without_vector(const char* table, std::int64_t after, std::size_t limit);
    void drop();

    Database& database_;
    SearchIndexes& indexes_;
    SpaceTable spaces_;
    std::int64_t searched_until_ = 0;  // up to here every passage has a vector of the searched space
};

/// In the caller's transaction: passages from `first_key` on may lack a vector of the searched space.
void note_without_vector(Database& database, std::int64_t first_key);

}  // namespace docmind
