#pragma once
// "Which passages hold these words?" BM25 over every stored passage, in memory.
//
// One thread changes the index; any number of threads search snapshots of it without locks, as with the dense index beside it. New
// passages become small segments, and eight of a size become one, so that every passage is merged a few times in all and no change takes
// long. A removed passage is marked in its segment; the segment is written anew, at once where that is cheap, else when an eighth of it is
// gone. Until then it still counts in how rare its words are, and nowhere else.

#include "analysis/text_analysis.hpp"
#include "analysis/text_query.hpp"
#include "storage/engine/text_segment.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace docmind {

struct TextHit {
    std::int64_t node_key = 0;
    float score = 0;            ///< > 0, higher is better
    std::uint64_t matched = 0;  ///< bit i: it holds the i-th of the query's terms
};

/// What the index held at one moment.
class TextSnapshot {
  public:
    explicit TextSnapshot(std::vector<TextSegmentPart> parts);

    /// The `k` best passages that hold one of the query's terms, best first, the older node first among equals. BM25 (Robertson and
    /// Zaragoza 2009; k1 1.2, b 0.75), the rarity log((N - n + 0.5) / (n + 0.5)), at least 1e-6; a prefix stands for the 32 most frequent
    /// terms that begin so. Of a query with phrases, only passages that hold all words of all phrases, in any order. Only rows of
    /// `document_keys` (ascending) where given. Errors: timeout (stop requested).
    [[nodiscard]] std::vector<TextHit> search(const TextQuery& query, std::size_t k,
                                              const std::optional<std::vector<std::int64_t>>& document_keys, std::stop_token stop) const;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const std::vector<TextSegmentPart>& parts() const noexcept { return parts_; }

  private:
    std::vector<TextSegmentPart> parts_;
    std::size_t size_ = 0;
    std::size_t rows_ = 0;  // with the removed ones that are still there
    std::uint64_t length_ = 0;
};

class TextIndex {
  public:
    /// `between` is called at many places of a change that takes long.
    explicit TextIndex(std::function<void()> between = [] {}) : between_(std::move(between)) {}

    /// For every thread: what is published; null until the index has been filled.
    [[nodiscard]] std::shared_ptr<const TextSnapshot> snapshot() const;

    // For the one thread that changes it. Nothing is seen before publish().

    void clear();
    /// Takes these rows for its own.
    void restore(std::vector<TextSegmentPart> parts);
    void add(std::int64_t node_key, std::int64_t document_key, std::string_view title, std::string_view section, std::string_view text);
    /// Rows of the document whose node keys are in [first, last).
    void remove(std::int64_t document_key, std::int64_t first, std::int64_t last);
    /// Removes every row but those of `node_keys` (ascending).
    void retain(std::span<const std::int64_t> node_keys);
    /// Those of `node_keys` (ascending) that it has no row of; nothing was added since it was restored.
    [[nodiscard]] std::vector<std::int64_t> missing_of(std::span<const std::int64_t> node_keys) const;
    void publish();

  private:
    template <class Remove>
    void remove_if(Remove is_removed);
    void seal();
    void merge();

    const std::function<void()> between_;
    TextAnalyzer analyzer_;
    TextSegmentBuilder builder_;
    TermNumbers numbers_;  // of words as they stand in the text, in builder_: most need no second look
    std::vector<TextSegmentPart> parts_;

    mutable std::mutex mutex_;  // guards the pointer only
    std::shared_ptr<const TextSnapshot> published_;
};

}  // namespace docmind
