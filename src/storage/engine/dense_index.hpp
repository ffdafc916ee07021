#pragma once
// "Which vectors lie nearest?" Every stored vector in memory, scanned exactly.
//
// A component is 16 bits: 4 coarse ones, which the scan reads, 4 fine ones and 8 more, which decide; the floats themselves stay in SQLite.
// The scan knows for every row how far its estimate can be from the truth, looks at the finer bits of each row that could still be among
// the best, and scores those that remain with all bits: the result is that of a scan over floats, for an eighth of the memory traffic.
//
// One thread changes the index; any number of threads search snapshots of it without locks. A snapshot is a list of shared blocks. Rows
// behind the end of the last block are written while older snapshots, which end before them, are being read; no row is ever written twice.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

struct DenseBlock;

struct DenseHit {
    std::int64_t node_key = 0;
    float score = 0;  ///< cosine
};

/// What the index held at one moment.
class DenseSnapshot {
  public:
    /// The rows [0, rows) of a block.
    struct Part {
        std::shared_ptr<const DenseBlock> block;
        std::size_t rows = 0;
        std::size_t live = 0;
        std::shared_ptr<const std::vector<std::uint8_t>> dead;  ///< null, or 1 for each removed row; rows behind its end live

        [[nodiscard]] bool is_dead(std::size_t row) const noexcept { return dead && row < dead->size() && (*dead)[row] != 0; }
    };

    DenseSnapshot(std::string space, std::size_t dimension, std::vector<Part> parts);
    /// The `k` nearest, best first, the older node first among equals. Only rows of `document_keys` (ascending) where given. The query
    /// needs no unit length. Errors: invalid_argument (dimension, a component that is no number), timeout (stop requested).
    [[nodiscard]] std::vector<DenseHit> search(std::span<const float> query, std::size_t k,
                                               const std::optional<std::vector<std::int64_t>>& document_keys, std::stop_token stop) const;
    /// Of the model that every row comes from; empty: not known.
    [[nodiscard]] const std::string& space() const noexcept { return space_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    /// Components of a row, with what pads it.
    [[nodiscard]] std::size_t width() const noexcept;
    [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }

  private:
    std::string space_;
    std::size_t dimension_ = 0;
    std::size_t size_ = 0;
    std::vector<Part> parts_;
};

class DenseIndex {
  public:
    /// For every thread: what is published; null until the index has been filled.
    [[nodiscard]] std::shared_ptr<const DenseSnapshot> snapshot() const;
    /// What may be compared with a vector of the model `space`: the rows that are published, or those that were before the space changed
    /// and forget_former(). Null where there are none of this model. An empty name, or rows of an unknown model, fit everything.
    [[nodiscard]] std::shared_ptr<const DenseSnapshot> snapshot(std::string_view space) const;

    // For the one thread that changes it. Nothing is seen before publish().

    /// Forgets every row; the next ones are of this model. A dimension of 0 is unknown: there are no vectors yet.
    void clear(std::string space, std::size_t dimension);
    /// Takes these rows for its own.
    void restore(std::string space, std::size_t dimension, std::vector<DenseSnapshot::Part> parts);
    /// The rows that are there are of this model.
    void name(std::string space) { space_ = std::move(space); }
    /// Errors: invalid_argument (the vector has another length).
    void add(std::int64_t node_key, std::int64_t document_key, std::span<const float> embedding);
    /// Rows of the document whose node keys are in [first, last).
    void remove(std::int64_t document_key, std::int64_t first, std::int64_t last);
    /// Removes every row but those of `node_keys` (ascending).
    void retain(std::span<const std::int64_t> node_keys);
    /// Those of `node_keys` that it has no row of.
    [[nodiscard]] std::vector<std::int64_t> missing_of(std::span<const std::int64_t> node_keys) const;
    void publish();
    /// Nobody asks with vectors of the former space any more.
    void forget_former();

  private:
    template <class Remove>
    void remove_if(Remove is_removed);
    DenseBlock& block_with_room();
    void copy(const DenseBlock& from, std::size_t row);
    void compact();

    std::string space_;
    std::size_t dimension_ = 0;
    std::vector<DenseSnapshot::Part> parts_;
    std::shared_ptr<DenseBlock> last_;  // the block of the last part, which alone is written

    mutable std::mutex mutex_;  // guards the pointers only
    std::shared_ptr<const DenseSnapshot> published_;
    std::shared_ptr<const DenseSnapshot> former_;  // the last one of another space
};

}  // namespace docmind
