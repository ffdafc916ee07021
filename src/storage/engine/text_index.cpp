#include "storage/engine/text_index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <string>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t merged_at_once = 8;
constexpr std::size_t max_postings = 1U << 24U;  // in memory while a segment is built: 128 MB
constexpr std::size_t cheap_rows = 4'096;        // to write anew: some milliseconds

TextSegmentPart part_of(std::shared_ptr<const TextSegment> segment) {
    const std::size_t rows = segment->rows();
    return {.segment = std::move(segment), .dead = nullptr, .live = rows};
}

/// 1 to 7 rows are of size 0, 8 to 63 of size 1, and so on.
std::size_t size_class(const TextSegmentPart& part) {
    return (static_cast<std::size_t>(std::bit_width(part.segment->rows())) - 1) / 3;
}

}  // namespace

std::shared_ptr<const TextSnapshot> TextIndex::snapshot() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

void TextIndex::clear() {
    builder_ = {};
    numbers_.clear();
    parts_.clear();
}

void TextIndex::add(std::int64_t node_key, std::int64_t document_key, std::string_view title, std::string_view section,
                    std::string_view text) {
    std::vector<std::pair<std::uint32_t, unsigned>> terms;
    std::size_t length = 0;
    const std::array<std::pair<std::string_view, unsigned>, 3> fields{
        {{title, TextSegment::heading_weight}, {section, TextSegment::heading_weight}, {text, TextSegment::text_weight}}};
    for (const auto& [field, weight] : fields) {
        for (const Token& token : analyzer_.tokens(field)) {
            auto known = numbers_.find(token.folded);
            if (known == numbers_.end()) known = numbers_.emplace(token.folded, builder_.number_of(analyzer_.term(token))).first;
            terms.emplace_back(known->second, weight);
            length += token.kind == Token::Kind::joined ? 0 : 1;
        }
    }
    builder_.add_row(node_key, document_key, length, std::move(terms));
    if (builder_.rows() == TextSegment::max_rows || builder_.postings() >= max_postings) seal();
}

void TextIndex::seal() {
    if (builder_.rows() == 0) return;
    parts_.push_back(part_of(std::exchange(builder_, {}).finish()));
    numbers_ = {};
}

void TextIndex::restore(std::vector<TextSegmentPart> parts) {
    clear();
    parts_ = std::move(parts);
}

void TextIndex::remove(std::int64_t document_key, std::int64_t first, std::int64_t last) {
    remove_if([&](std::int64_t document, std::int64_t node) { return document == document_key && node >= first && node < last; });
}

void TextIndex::retain(std::span<const std::int64_t> node_keys) {
    remove_if([&](std::int64_t, std::int64_t node) { return !std::ranges::binary_search(node_keys, node); });
}

std::vector<std::int64_t> TextIndex::missing_of(std::span<const std::int64_t> node_keys) const {
    std::vector<std::int64_t> present, missing;
    for (const TextSegmentPart& part : parts_) {
        for (std::size_t row = 0; row < part.segment->rows(); ++row) {
            if (!part.is_dead(row)) present.push_back(part.segment->node_keys[row]);
        }
    }
    std::ranges::sort(present);
    std::ranges::set_difference(node_keys, present, std::back_inserter(missing));
    return missing;
}

template <class Remove>
void TextIndex::remove_if(Remove is_removed) {
    seal();
    for (TextSegmentPart& part : parts_) {
        std::shared_ptr<std::vector<std::uint8_t>> dead;  // published lists are never changed: each change makes a new one
        const TextSegment& segment = *part.segment;
        for (std::size_t row = 0; row < segment.rows(); ++row) {
            if (!is_removed(segment.document_keys[row], segment.node_keys[row]) || part.is_dead(row)) continue;
            if (!dead) {
                dead = part.dead ? std::make_shared<std::vector<std::uint8_t>>(*part.dead)
                                 : std::make_shared<std::vector<std::uint8_t>>(segment.rows());
            }
            --part.live;
            (*dead)[row] = 1;
        }
        if (!dead) continue;
        part.dead = std::move(dead);
        if (segment.rows() <= cheap_rows || (segment.rows() - part.live) * 8 >= segment.rows()) {
            const auto rest = merge_segments(std::span(&part, 1), between_);
            part = rest ? part_of(rest) : TextSegmentPart{};
        }
    }
    std::erase_if(parts_, [](const TextSegmentPart& part) { return part.live == 0; });
}

void TextIndex::merge() {
    for (;;) {
        std::array<std::vector<std::size_t>, 8> of_class;
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < parts_.size() && chosen.empty(); ++i) {
            if (parts_[i].segment->rows() * 2 > TextSegment::max_rows) continue;
            std::vector<std::size_t>& same = of_class.at(size_class(parts_[i]));
            same.push_back(i);
            if (same.size() == merged_at_once) chosen = same;
        }
        if (chosen.empty()) return;
        std::vector<TextSegmentPart> merged;
        std::size_t rows = 0;
        for (const std::size_t i : chosen) {
            if (rows + parts_[i].live > TextSegment::max_rows) break;
            rows += parts_[i].live;
            merged.push_back(parts_[i]);
        }
        TextSegmentPart whole = part_of(merge_segments(merged, between_));
        for (std::size_t n = merged.size(); n-- > 0;) parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(chosen[n]));
        parts_.push_back(std::move(whole));
    }
}

void TextIndex::publish() {
    seal();
    merge();
    auto next = std::make_shared<const TextSnapshot>(parts_);
    const std::lock_guard lock(mutex_);
    published_.swap(next);
}

TextSnapshot::TextSnapshot(std::vector<TextSegmentPart> parts) : parts_(std::move(parts)) {
    for (const TextSegmentPart& part : parts_) {
        size_ += part.live;
        rows_ += part.segment->rows();
        length_ += part.segment->total_length;
    }
}

}  // namespace docmind
