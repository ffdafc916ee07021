#pragma once
// "Which models do the stored vectors come from?" The space that is searched, and the one that the library is being moved to, if it is.

#include "storage/engine/database.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace docmind {

/// Where a model was found, so that it can be found again. All empty: not known.
struct EmbeddingSource {
    std::string model_dir;          ///< of a model in this process; links resolved
    std::string base_url, model;    ///< of a model server, as it was configured
    std::string query_instruction;  ///< as it was configured: no part of the space, but questions need it

    bool operator==(const EmbeddingSource&) const = default;
};

/// Which model vectors come from. An empty id: whoever stored the first document did not say.
struct EmbeddingSpace {
    std::string model_id;
    std::size_t dimension = 0;
    EmbeddingSource source;

    /// Whether vectors of both may be compared.
    [[nodiscard]] bool is_same(const EmbeddingSpace& other) const { return model_id == other.model_id && dimension == other.dimension; }
};

/// The caller's transaction holds together what it does.
class SpaceTable {
  public:
    explicit SpaceTable(Database& database) : database_(database) {}

    /// Whose vectors lie in the table `vectors`.
    [[nodiscard]] std::optional<EmbeddingSpace> searched();
    /// Whose vectors lie in the table `next_vectors`.
    [[nodiscard]] std::optional<EmbeddingSpace> next();
    void set_searched(const EmbeddingSpace& space);
    void set_next(const EmbeddingSpace& space);
    void drop_next();

  private:
    [[nodiscard]] std::optional<EmbeddingSpace> read(std::string_view table);
    void write(std::string_view table, const EmbeddingSpace& space);

    Database& database_;
};

}  // namespace docmind
