#pragma once
// "Which of these passages hold this term, and how often?" An inverted index over up to 65,536 passages that never changes.
//
// All of it is one image without pointers: built in memory, or mapped from a file. A posting is a row (2 bytes) and a weight (1 byte); each
// 128 of them have the largest weight and the shortest passage among them, from which a search knows how much they can add at most.

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

class TextSegment {
  public:
    static constexpr std::size_t max_rows = 65'536;
    static constexpr std::size_t block = 128;  ///< postings
    /// A weight is counted in halves: a word in the text is 2, one in the title or the section 1. More than 255 is 255.
    static constexpr unsigned text_weight = 2, heading_weight = 1, max_weight = 255;

    /// The postings [begin, end) of a term.
    struct Range {
        std::size_t begin = 0, end = 0;
        [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
    };

    /// `image` lies on an 8-byte boundary and lives as long as `owner`. Errors: storage (it is none).
    TextSegment(std::shared_ptr<const void> owner, std::span<const std::byte> image);

    [[nodiscard]] std::size_t rows() const noexcept { return node_keys.size(); }
    [[nodiscard]] std::size_t terms() const noexcept { return term_ends_.size(); }
    [[nodiscard]] std::string_view term(std::size_t number) const;
    [[nodiscard]] Range postings(std::size_t number) const;
    /// Empty where no passage has the term.
    [[nodiscard]] Range find(std::string_view term) const;
    /// The numbers of the terms that begin so: [first, last). Terms are in the order of their bytes.
    [[nodiscard]] std::pair<std::size_t, std::size_t> find_prefix(std::string_view prefix) const;
    [[nodiscard]] std::span<const std::byte> image() const noexcept { return image_; }

    // By row.
    std::span<const std::int64_t> node_keys, document_keys;
    std::span<const std::uint16_t> lengths;  ///< words of the passage, title and section; at most 65,535
    std::uint64_t total_length = 0;
    // By posting.
    std::span<const std::uint16_t> posting_rows;  ///< ascending within a term
    std::span<const std::uint8_t> posting_weights;
    // By block of postings, whichever terms they are of.
    std::span<const std::uint8_t> block_weights;   ///< the largest
    std::span<const std::uint16_t> block_lengths;  ///< the shortest

  private:
    [[nodiscard]] std::size_t first_not_before(std::string_view term) const;

    std::shared_ptr<const void> owner_;
    std::span<const std::byte> image_;
    std::span<const std::uint32_t> term_ends_, posting_ends_;
    std::span<const char> characters_;
};

/// Puts a segment together: first the rows, then term by term in ascending order, each with its postings in ascending order.
class TextSegmentWriter {
  public:
    void add_row(std::int64_t node_key, std::int64_t document_key, std::size_t length);
    /// A term without postings is left out.
    void add_term(std::string_view term, std::span<const std::uint16_t> rows, std::span<const std::uint8_t> weights);
    [[nodiscard]] std::size_t rows() const noexcept { return node_keys_.size(); }
    [[nodiscard]] std::shared_ptr<const TextSegment> finish();

  private:
    std::vector<std::int64_t> node_keys_, document_keys_;
    std::vector<std::uint16_t> lengths_;
    std::vector<std::uint16_t> rows_;
    std::vector<std::uint8_t> weights_;
    std::vector<std::uint32_t> term_ends_, posting_ends_;
    std::string characters_;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
using TermNumbers = boost::unordered_flat_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

/// Collects passages for a segment.
class TextSegmentBuilder {
  public:
    /// What stands for the term in add_row.
    [[nodiscard]] std::uint32_t number_of(std::string_view term);
    /// The passage's terms and their weights, in any order, a term as often as it stands there; `length` words. There is room for max_rows.
    void add_row(std::int64_t node_key, std::int64_t document_key, std::size_t length,
                 std::vector<std::pair<std::uint32_t, unsigned>> terms);
    [[nodiscard]] std::size_t rows() const noexcept { return writer_.rows(); }
    [[nodiscard]] std::size_t postings() const noexcept { return entries_.size(); }
    [[nodiscard]] std::shared_ptr<const TextSegment> finish();

  private:
    struct Entry {
        std::uint32_t term;
        std::uint16_t row;
        std::uint8_t weight;
    };
    TextSegmentWriter writer_;
    TermNumbers numbers_;
    std::vector<Entry> entries_;  // by row
};

/// A segment and its removed rows: null, or 1 for each of them.
struct TextSegmentPart {
    std::shared_ptr<const TextSegment> segment;
    std::shared_ptr<const std::vector<std::uint8_t>> dead;
    std::size_t live = 0;

    [[nodiscard]] bool is_dead(std::size_t row) const noexcept { return dead && (*dead)[row] != 0; }
};

/// The live rows of all of them, at most max_rows; null where there are none. `between` is called every few terms.
[[nodiscard]] std::shared_ptr<const TextSegment> merge_segments(
    std::span<const TextSegmentPart> parts, const std::function<void()>& between = [] {});

}  // namespace docmind
