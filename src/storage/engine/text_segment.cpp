#include "storage/engine/text_segment.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace docmind {
namespace {

struct Header {
    std::uint64_t kind, rows, terms, postings, characters, total_length;
};
constexpr std::size_t terms_between = 64;                    // some ten microseconds
constexpr std::uint64_t image_kind = 0x3130'7478'6574'4d44;  // "DMtext01"

std::size_t blocks_of(std::size_t postings) {
    return (postings + TextSegment::block - 1) / TextSegment::block;
}

/// Hands out one array after the other; none may pass the end.
class Layout {
  public:
    explicit Layout(std::span<const std::byte> image) : rest_(image) {}
    template <class T>
    std::span<const T> take(std::uint64_t count) {
        const std::uint64_t bytes = (count * sizeof(T) + 7) / 8 * 8;
        if (count > rest_.size() || bytes > rest_.size()) throw Error(errc::storage, "A part of the text index is cut off.");
        const std::span<const T> taken(reinterpret_cast<const T*>(rest_.data()), count);
        rest_ = rest_.subspan(bytes);
        return taken;
    }

  private:
    std::span<const std::byte> rest_;
};

template <class T>
void append(std::vector<std::byte>& image, const T* data, std::size_t count) {
    const std::size_t at = image.size();
    image.resize(at + (count * sizeof(T) + 7) / 8 * 8);
    if (count > 0) std::memcpy(image.data() + at, data, count * sizeof(T));
}

bool ends_in_order(std::span<const std::uint32_t> ends, std::size_t last) {
    return std::ranges::is_sorted(ends) && (ends.empty() ? last == 0 : ends.back() == last);
}

}  // namespace

TextSegment::TextSegment(std::shared_ptr<const void> owner, std::span<const std::byte> image) : owner_(std::move(owner)), image_(image) {
    Layout layout(image);
    const Header header = layout.take<Header>(1).front();
    if (header.kind != image_kind || header.rows > max_rows) throw Error(errc::storage, "A part of the text index is of another kind.");
    total_length = header.total_length;
    node_keys = layout.take<std::int64_t>(header.rows);
    document_keys = layout.take<std::int64_t>(header.rows);
    term_ends_ = layout.take<std::uint32_t>(header.terms);
    posting_ends_ = layout.take<std::uint32_t>(header.terms);
    lengths = layout.take<std::uint16_t>(header.rows);
    posting_rows = layout.take<std::uint16_t>(header.postings);
    block_lengths = layout.take<std::uint16_t>(blocks_of(header.postings));
    posting_weights = layout.take<std::uint8_t>(header.postings);
    block_weights = layout.take<std::uint8_t>(blocks_of(header.postings));
    characters_ = layout.take<char>(header.characters);
    if (!ends_in_order(term_ends_, characters_.size()) || !ends_in_order(posting_ends_, posting_rows.size())) {
        throw Error(errc::storage, "A part of the text index does not fit together.");
    }
}

std::string_view TextSegment::term(std::size_t number) const {
    const std::size_t begin = number == 0 ? 0 : term_ends_[number - 1];
    return {characters_.data() + begin, term_ends_[number] - begin};
}

TextSegment::Range TextSegment::postings(std::size_t number) const {
    return {number == 0 ? 0 : posting_ends_[number - 1], posting_ends_[number]};
}

std::size_t TextSegment::first_not_before(std::string_view wanted) const {
    std::size_t low = 0, high = terms();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (term(middle) < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

TextSegment::Range TextSegment::find(std::string_view wanted) const {
    const std::size_t number = first_not_before(wanted);
    return number < terms() && term(number) == wanted ? postings(number) : Range{};
}

std::pair<std::size_t, std::size_t> TextSegment::find_prefix(std::string_view prefix) const {
    const std::size_t first = first_not_before(prefix);
    std::size_t last = first;
    while (last < terms() && term(last).starts_with(prefix)) ++last;
    return {first, last};
}

void TextSegmentWriter::add_row(std::int64_t node_key, std::int64_t document_key, std::size_t length) {
    node_keys_.push_back(node_key);
    document_keys_.push_back(document_key);
    lengths_.push_back(static_cast<std::uint16_t>(std::min<std::size_t>(length, 65'535)));
}

void TextSegmentWriter::add_term(std::string_view term, std::span<const std::uint16_t> rows, std::span<const std::uint8_t> weights) {
    if (rows.empty()) return;
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    weights_.insert(weights_.end(), weights.begin(), weights.end());
    characters_ += term;
    term_ends_.push_back(static_cast<std::uint32_t>(characters_.size()));
    posting_ends_.push_back(static_cast<std::uint32_t>(rows_.size()));
}

std::shared_ptr<const TextSegment> TextSegmentWriter::finish() {
    const std::size_t blocks = blocks_of(rows_.size());
    std::vector<std::uint8_t> block_weights(blocks);
    std::vector<std::uint16_t> block_lengths(blocks, 65'535);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const std::size_t b = i / TextSegment::block;
        block_weights[b] = std::max(block_weights[b], weights_[i]);
        block_lengths[b] = std::min(block_lengths[b], lengths_[rows_[i]]);
    }
    const Header header{.kind = image_kind,
                        .rows = node_keys_.size(),
                        .terms = term_ends_.size(),
                        .postings = rows_.size(),
                        .characters = characters_.size(),
                        .total_length = std::accumulate(lengths_.begin(), lengths_.end(), std::uint64_t{0})};
    auto image = std::make_shared<std::vector<std::byte>>();
    image->reserve(sizeof header + node_keys_.size() * 18 + term_ends_.size() * 8 + rows_.size() * 3 + blocks * 3 + characters_.size() +
                   80);
    append(*image, &header, 1);
    append(*image, node_keys_.data(), node_keys_.size());
    append(*image, document_keys_.data(), document_keys_.size());
    append(*image, term_ends_.data(), term_ends_.size());
    append(*image, posting_ends_.data(), posting_ends_.size());
    append(*image, lengths_.data(), lengths_.size());
    append(*image, rows_.data(), rows_.size());
    append(*image, block_lengths.data(), blocks);
    append(*image, weights_.data(), weights_.size());
    append(*image, block_weights.data(), blocks);
    append(*image, characters_.data(), characters_.size());
    const std::span<const std::byte> bytes(*image);
    return std::make_shared<const TextSegment>(std::move(image), bytes);
}

std::uint32_t TextSegmentBuilder::number_of(std::string_view term) {
    if (const auto found = numbers_.find(term); found != numbers_.end()) return found->second;
    return numbers_.emplace(std::string(term), static_cast<std::uint32_t>(numbers_.size())).first->second;
}

void TextSegmentBuilder::add_row(std::int64_t node_key, std::int64_t document_key, std::size_t length,
                                 std::vector<std::pair<std::uint32_t, unsigned>> terms) {
    const auto row = static_cast<std::uint16_t>(writer_.rows());
    std::ranges::sort(terms);
    for (std::size_t i = 0; i < terms.size();) {
        const std::uint32_t number = terms[i].first;
        unsigned weight = 0;
        for (; i < terms.size() && terms[i].first == number; ++i) weight += terms[i].second;
        entries_.push_back({number, row, static_cast<std::uint8_t>(std::min(weight, TextSegment::max_weight))});
    }
    writer_.add_row(node_key, document_key, length);
}

std::shared_ptr<const TextSegment> TextSegmentBuilder::finish() {
    std::vector<std::pair<std::string_view, std::uint32_t>> terms(numbers_.begin(), numbers_.end());
    std::ranges::sort(terms);
    std::vector<std::size_t> count(terms.size()), next(terms.size());
    for (const Entry& entry : entries_) ++count[entry.term];
    std::size_t end = 0;
    for (const auto& [term, number] : terms) {
        next[number] = end;
        end += count[number];
    }
    // Counted, not compared: the rows of a term stay in order.
    std::vector<std::uint16_t> rows(end);
    std::vector<std::uint8_t> weights(end);
    for (const Entry& entry : entries_) {
        const std::size_t at = next[entry.term]++;
        rows[at] = entry.row;
        weights[at] = entry.weight;
    }
    for (const auto& [term, number] : terms) {
        const std::size_t begin = next[number] - count[number];
        writer_.add_term(term, std::span(rows).subspan(begin, count[number]), std::span(weights).subspan(begin, count[number]));
    }
    return writer_.finish();
}

std::shared_ptr<const TextSegment> merge_segments(std::span<const TextSegmentPart> parts, const std::function<void()>& between) {
    TextSegmentWriter writer;
    constexpr std::uint32_t gone = TextSegment::max_rows;
    std::vector<std::vector<std::uint32_t>> row_of(parts.size());
    std::size_t rows = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const TextSegment& segment = *parts[p].segment;
        for (std::size_t row = 0; row < segment.rows(); ++row) {
            const bool dead = parts[p].is_dead(row);
            row_of[p].push_back(dead ? gone : static_cast<std::uint32_t>(rows++));
            if (!dead) writer.add_row(segment.node_keys[row], segment.document_keys[row], segment.lengths[row]);
        }
    }
    if (rows == 0) return nullptr;
    std::vector<std::size_t> next(parts.size());
    std::vector<std::uint16_t> of_term;
    std::vector<std::uint8_t> weights;
    for (std::size_t nth = 1;; ++nth) {
        if (nth % terms_between == 0) between();
        std::string_view least;
        bool any = false;
        for (std::size_t p = 0; p < parts.size(); ++p) {
            if (next[p] == parts[p].segment->terms()) continue;
            const std::string_view term = parts[p].segment->term(next[p]);
            if (!any || term < least) least = term;
            any = true;
        }
        if (!any) return writer.finish();
        of_term.clear();
        weights.clear();
        for (std::size_t p = 0; p < parts.size(); ++p) {
            const TextSegment& segment = *parts[p].segment;
            if (next[p] == segment.terms() || segment.term(next[p]) != least) continue;
            const TextSegment::Range range = segment.postings(next[p]++);
            for (std::size_t i = range.begin; i < range.end; ++i) {
                const std::uint32_t row = row_of[p][segment.posting_rows[i]];
                if (row == gone) continue;
                of_term.push_back(static_cast<std::uint16_t>(row));
                weights.push_back(segment.posting_weights[i]);
            }
        }
        writer.add_term(least, of_term, weights);
    }
}

}  // namespace docmind
