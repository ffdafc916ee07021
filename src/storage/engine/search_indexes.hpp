#pragma once
// "What is searched?" The dense index, the text index and the file they come from at a start, in step with the database.
//
// Any thread searches what is published; one thread, the one that writes the database, changes it.

#include "storage/engine/database.hpp"
#include "storage/engine/dense_index.hpp"
#include "storage/engine/right_of_way.hpp"
#include "storage/engine/search_snapshot.hpp"
#include "storage/engine/space_table.hpp"
#include "storage/engine/text_index.hpp"

#include <docmind/node.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace docmind {

class SearchIndexes {
  public:
    struct Params {
        std::filesystem::path file;        ///< where they are kept for the next start
        std::size_t snapshot_rows = 1000;  ///< they are when so many passages were added, or a sixteenth of all; at least 1
    };

    /// `database`: the writer's. Errors: invalid_argument (snapshot_rows 0).
    SearchIndexes(Params params, Database& database, RightOfWay::Work& right_of_way);

    /// False until load(); until then there is nothing to change.
    [[nodiscard]] bool is_loaded() const { return dense_.snapshot() != nullptr; }
    [[nodiscard]] const DenseIndex& dense() const noexcept { return dense_; }
    [[nodiscard]] const TextIndex& text() const noexcept { return text_; }
    /// Passages that are published and whose transaction has not ended.
    [[nodiscard]] std::size_t uncommitted() const noexcept { return uncommitted_; }

    // For the thread that writes. What they do is published when they return.

    /// Fills both from their file and the database, unless they are filled. A dimension of 0: there are no vectors yet. Errors: storage.
    void load(const EmbeddingSpace& space);
    /// There are no vectors, and the next ones are of this space.
    void expect(const EmbeddingSpace& space);
    /// The vectors that are there are of this model.
    void name_space(const std::string& model_id);
    /// The database holds the vectors of another space now, one for each passage: those are searched from here on. Who comes with a vector
    /// of the former space still finds that, until forget_former_space(). Errors: storage.
    void reload_vectors(const EmbeddingSpace& space);
    void forget_former_space() { dense_.forget_former(); }
    /// In the caller's transaction: what the file holds, or one that is being written, is not what the database holds any more.
    void forget_kept();
    /// The keys of the nodes, in their order. `with_vectors` false: their vectors are not of the space that is
    /// searched. They count as uncommitted until ended().
    void add(std::int64_t document_key, const std::vector<std::int64_t>& node_keys, const std::vector<EmbeddedNode>& nodes,
             bool with_vectors);
    void ended() noexcept { uncommitted_ = 0; }
    struct VectorRow {
        std::int64_t node_key = 0, document_key = 0;
        std::span<const float> embedding;
    };
    /// Vectors of the searched space for passages that had none.
    void add_vectors(const std::vector<VectorRow>& rows);
    /// Rows of the document whose node keys are in [first, last).
    void remove(std::int64_t document_key, std::int64_t first, std::int64_t last);
    /// After a commit of `rows` new passages: begins to write the file where it is time. Never fails: the file only saves time.
    void keep(std::size_t rows) noexcept;

  private:
    bool restore(const EmbeddingSpace& space);
    void publish();

    const Params params_;
    Database& database_;
    RightOfWay::Work& right_of_way_;
    DenseIndex dense_;
    TextIndex text_;
    std::atomic<std::size_t> uncommitted_ = 0;
    std::size_t unkept_rows_ = 0;  // since the file was begun
    SearchSnapshotWriter writer_;
};

}  // namespace docmind
