// The search of the text index: BM25 by windows of rows, with the pruning of MaxScore (Turtle and Flood 1995) on block maxima (Ding and
// Suel 2011). In each window the terms that together cannot lift a row among the best are not walked through: a row that other terms have
// found is looked up in them. A window in which all terms together cannot is skipped.

#include "storage/engine/text_index.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace docmind {
namespace {

constexpr std::size_t window_rows = 4'096;
constexpr double k1 = 1.2, b = 0.75;
constexpr std::size_t terms_of_a_prefix = 32;
/// Sums of floats depend on their order: what is this close to the k-th score is scored again, in doubles, before it is cut.
constexpr float slack = 1 - 1e-5F;

struct Term {
    double rarity = 0;
    std::uint64_t bit = 0;                     ///< of the query's terms; none for what a prefix stands for
    std::vector<TextSegment::Range> postings;  ///< by part
};

/// Saturation of a term's weight by the length of its passage; weights are in halves, and so are the constants.
struct Saturation {
    double constant = 0, by_length = 0;

    [[nodiscard]] float operator()(std::uint8_t weight, std::uint16_t length) const {
        const auto w = static_cast<float>(weight);
        return w / (w + static_cast<float>(constant) + static_cast<float>(by_length) * static_cast<float>(length));
    }
    [[nodiscard]] double exact(std::uint8_t weight, std::uint16_t length) const {
        const double w = weight;
        return w / (w + constant + by_length * length);
    }
};

struct Candidate {
    std::size_t part;
    std::uint16_t row;
    float score;
};

/// The k best scores so far, and who may have them.
class Best {
  public:
    explicit Best(std::size_t k) : k_(k) {}
    /// What is below this is not among the best.
    [[nodiscard]] float least() const { return scores_.size() == k_ ? scores_.front() * slack : 0; }
    void add(const Candidate& candidate) {
        if (candidate.score < least()) return;
        candidates_.push_back(candidate);
        if (scores_.size() == k_) {
            if (candidate.score <= scores_.front()) return;
            std::ranges::pop_heap(scores_, std::greater<>());
            scores_.back() = candidate.score;
        } else {
            scores_.push_back(candidate.score);
        }
        std::ranges::push_heap(scores_, std::greater<>());
    }
    [[nodiscard]] std::vector<Candidate> take() {
        std::erase_if(candidates_, [this](const Candidate& c) { return c.score < least(); });
        return std::move(candidates_);
    }

  private:
    std::size_t k_;
    std::vector<float> scores_;  // a heap, the worst first
    std::vector<Candidate> candidates_;
};

/// A term on its way through a segment.
struct Cursor {
    TextSegment::Range postings;
    std::size_t at = 0;      // the first posting that is not behind
    std::size_t window = 0;  // the first posting behind the window
    float factor = 0;
    float bound = 0;  // of what the term adds to any row of the window
};

class SegmentSearch {
  public:
    SegmentSearch(const TextSegment& segment, std::size_t part, const Saturation& saturation, Best& best)
        : segment_(segment), part_(part), saturation_(saturation), best_(best) {}

    void add(TextSegment::Range postings, double rarity) {
        if (postings.size() == 0) return;
        cursors_.push_back({.postings = postings, .at = postings.begin, .factor = static_cast<float>(rarity * (k1 + 1))});
    }

    [[nodiscard]] bool is_empty() const noexcept { return cursors_.empty(); }

    /// `allowed`: by row, or empty where all are.
    void run(std::span<const std::uint8_t> allowed, const std::stop_token& stop) {
        while (!cursors_.empty()) {
            if (stop.stop_requested()) throw Error(errc::timeout, "The search was ended.");
            std::size_t first = TextSegment::max_rows;
            for (const Cursor& cursor : cursors_) first = std::min<std::size_t>(first, segment_.posting_rows[cursor.at]);
            search_window(first, first + window_rows, allowed);
            for (Cursor& cursor : cursors_) cursor.at = cursor.window;
            std::erase_if(cursors_, [](const Cursor& cursor) { return cursor.at == cursor.postings.end; });
        }
    }

  private:
    void search_window(std::size_t first, std::size_t last, std::span<const std::uint8_t> allowed) {
        for (Cursor& cursor : cursors_) enter_window(cursor, last);
        std::ranges::sort(cursors_, {}, &Cursor::bound);
        // The first `optional` terms together cannot reach the best: below[i] is what the first i can add.
        std::vector<float> below(cursors_.size() + 1);
        std::size_t optional = 0;
        for (std::size_t i = 0; i < cursors_.size(); ++i) {
            below[i + 1] = below[i] + cursors_[i].bound;
            if (below[i + 1] < best_.least()) optional = i + 1;
        }
        if (optional == cursors_.size()) return;
        sums_.fill(0);
        for (std::size_t i = optional; i < cursors_.size(); ++i) add_up(cursors_[i], first);
        for (std::size_t offset = 0; offset < std::min(window_rows, segment_.rows() - first); ++offset) {
            if (sums_[offset] == 0 || sums_[offset] + below[optional] < best_.least()) continue;
            const std::size_t row = first + offset;
            if (!allowed.empty() && allowed[row] == 0) continue;
            float score = sums_[offset];
            std::size_t i = optional;
            for (; i > 0 && score + below[i] >= best_.least(); --i) score += look_up(cursors_[i - 1], row);
            if (i == 0) best_.add({part_, static_cast<std::uint16_t>(row), score});
        }
    }

    void enter_window(Cursor& cursor, std::size_t last) {
        const auto* rows = segment_.posting_rows.data();
        cursor.window = static_cast<std::size_t>(std::lower_bound(rows + cursor.at, rows + cursor.postings.end, last) - rows);
        cursor.bound = 0;
        if (cursor.window == cursor.at) return;
        for (std::size_t block = cursor.at / TextSegment::block; block <= (cursor.window - 1) / TextSegment::block; ++block) {
            cursor.bound = std::max(cursor.bound, saturation_(segment_.block_weights[block], segment_.block_lengths[block]));
        }
        cursor.bound *= cursor.factor * (2 - slack);  // above every rounding
    }

    void add_up(const Cursor& cursor, std::size_t first) {
        for (std::size_t i = cursor.at; i < cursor.window; ++i) {
            const std::uint16_t row = segment_.posting_rows[i];
            sums_[row - first] += cursor.factor * saturation_(segment_.posting_weights[i], segment_.lengths[row]);
        }
    }

    [[nodiscard]] float look_up(const Cursor& cursor, std::size_t row) const {
        const auto* rows = segment_.posting_rows.data();
        const auto* found = std::lower_bound(rows + cursor.at, rows + cursor.window, row);
        if (found == rows + cursor.window || *found != row) return 0;
        return cursor.factor * saturation_(segment_.posting_weights[static_cast<std::size_t>(found - rows)], segment_.lengths[row]);
    }

    const TextSegment& segment_;
    std::size_t part_;
    const Saturation& saturation_;
    Best& best_;
    std::vector<Cursor> cursors_;
    std::array<float, window_rows> sums_{};
};

std::vector<std::string> terms_of(const TextQuery& query, const std::vector<TextSegmentPart>& parts) {
    std::set<std::string> terms(query.terms.begin(), query.terms.end());
    for (const std::string& prefix : query.prefixes) {
        std::map<std::string_view, std::size_t> holders;
        for (const TextSegmentPart& part : parts) {
            const auto [first, last] = part.segment->find_prefix(prefix);
            for (std::size_t t = first; t < last; ++t) holders[part.segment->term(t)] += part.segment->postings(t).size();
        }
        std::vector<std::pair<std::size_t, std::string_view>> frequent;
        for (const auto& [term, count] : holders) frequent.emplace_back(count, term);
        const std::size_t kept = std::min(terms_of_a_prefix, frequent.size());
        std::ranges::partial_sort(frequent, frequent.begin() + static_cast<std::ptrdiff_t>(kept), std::greater<>());
        for (std::size_t i = 0; i < kept; ++i) terms.emplace(frequent[i].second);
    }
    return {terms.begin(), terms.end()};
}

/// 1 for each row that may be found; empty where all may.
std::vector<std::uint8_t> allowed_rows(const TextSegmentPart& part, const TextQuery& query,
                                       const std::optional<std::vector<std::int64_t>>& document_keys) {
    const TextSegment& segment = *part.segment;
    if (!part.dead && !document_keys && query.phrases.empty()) return {};
    std::vector<std::uint8_t> allowed(segment.rows(), 1);
    if (part.dead) {
        for (std::size_t row = 0; row < segment.rows(); ++row) allowed[row] = (*part.dead)[row] == 0 ? 1 : 0;
    }
    if (document_keys) {
        std::int64_t last_document = -1;
        bool wanted = false;
        for (std::size_t row = 0; row < segment.rows(); ++row) {
            const std::int64_t document = segment.document_keys[row];
            if (document != last_document) wanted = std::ranges::binary_search(*document_keys, document);
            last_document = document;
            if (!wanted) allowed[row] = 0;
        }
    }
    for (const TextQuery::Phrase& phrase : query.phrases) {
        for (const auto& [term, distance] : phrase) {
            std::vector<std::uint8_t> has(segment.rows());
            const TextSegment::Range postings = segment.find(term);
            for (std::size_t i = postings.begin; i < postings.end; ++i) has[segment.posting_rows[i]] = 1;
            for (std::size_t row = 0; row < segment.rows(); ++row) allowed[row] &= has[row];
        }
    }
    return allowed;
}

TextHit exact_hit(const TextSegment& segment, const Candidate& candidate, std::span<const Term> terms, const Saturation& saturation) {
    TextHit hit{.node_key = segment.node_keys[candidate.row]};
    double score = 0;
    const std::uint16_t row = candidate.row;
    const auto* rows = segment.posting_rows.data();
    for (const Term& term : terms) {
        const TextSegment::Range postings = term.postings[candidate.part];
        const auto* found = std::lower_bound(rows + postings.begin, rows + postings.end, row);
        if (found == rows + postings.end || *found != row) continue;
        score += term.rarity * (k1 + 1) *
                 saturation.exact(segment.posting_weights[static_cast<std::size_t>(found - rows)], segment.lengths[row]);
        hit.matched |= term.bit;
    }
    // A word that is in more than half of all passages has next to no weight; rounded to a float it may have none.
    hit.score = std::max(static_cast<float>(score), 1e-30F);
    return hit;
}

}  // namespace

std::vector<TextHit> TextSnapshot::search(const TextQuery& query, std::size_t k,
                                          const std::optional<std::vector<std::int64_t>>& document_keys, std::stop_token stop) const {
    if (k == 0 || rows_ == 0) return {};
    std::vector<Term> terms;
    for (const std::string& text : terms_of(query, parts_)) {
        Term term;
        double holders = 0;
        for (const TextSegmentPart& part : parts_) {
            term.postings.push_back(part.segment->find(text));
            holders += static_cast<double>(term.postings.back().size());
        }
        const double rarity = std::log((static_cast<double>(rows_) - holders + 0.5) / (holders + 0.5));
        term.rarity = std::max(rarity, 1e-6);
        const auto asked = static_cast<std::size_t>(std::ranges::find(query.terms, text) - query.terms.begin());
        if (asked < query.terms.size() && asked < 64) term.bit = std::uint64_t{1} << asked;
        if (holders > 0) terms.push_back(std::move(term));
    }
    const double average = static_cast<double>(length_) / static_cast<double>(rows_);
    const Saturation saturation{.constant = 2 * k1 * (1 - b), .by_length = average > 0 ? 2 * k1 * b / average : 0};

    Best best(k);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        SegmentSearch search(*parts_[p].segment, p, saturation, best);
        for (const Term& term : terms) search.add(term.postings[p], term.rarity);
        if (!search.is_empty()) search.run(allowed_rows(parts_[p], query, document_keys), stop);
    }

    std::vector<TextHit> hits;
    for (const Candidate& candidate : best.take()) {
        hits.push_back(exact_hit(*parts_[candidate.part].segment, candidate, terms, saturation));
    }
    const std::size_t count = std::min(k, hits.size());
    std::ranges::partial_sort(hits, hits.begin() + static_cast<std::ptrdiff_t>(count), [](const TextHit& x, const TextHit& y) {
        return x.score != y.score ? x.score > y.score : x.node_key < y.node_key;
    });
    hits.resize(count);
    return hits;
}

}  // namespace docmind
