#include "storage/engine/dense_index.hpp"

#include "storage/engine/dense_block.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace docmind {
namespace {

std::size_t padded(std::size_t dimension) {
    return (dimension + kernel_width - 1) / kernel_width * kernel_width;
}

/// Unit length, padded with zeros; a vector of zeros stays one, and is like nothing.
std::vector<float> unit(std::span<const float> vector) {
    double square = 0;
    for (const float x : vector) square += static_cast<double>(x) * x;
    if (!std::isfinite(square)) throw Error(errc::invalid_argument, "A vector has a component that is not a number.");
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    std::vector<float> result(padded(vector.size()));
    for (std::size_t i = 0; i < vector.size(); ++i) result[i] = static_cast<float>(vector[i] * scale);
    return result;
}

}  // namespace

QuantizedVector quantize(std::span<const float> vector, std::int8_t* codes) {
    float largest = 0;
    for (const float x : vector) largest = std::max(largest, std::abs(x));
    QuantizedVector result{.step = largest / 127};
    double error = 0;
    for (std::size_t i = 0; i < vector.size(); ++i) {
        const float code = largest > 0 ? std::clamp(std::nearbyint(vector[i] / result.step), -127.0F, 127.0F) : 0;
        codes[i] = static_cast<std::int8_t>(code);
        const double difference = static_cast<double>(vector[i]) - static_cast<double>(result.step) * code;
        error += difference * difference;
    }
    result.error = static_cast<float>(std::sqrt(error));
    return result;
}

/// Either a new vector or one of an older block.
struct DenseIndex::Row {
    std::int64_t node_key, document_key;
    const float* floats;
    const std::int8_t* codes;
    QuantizedVector quantized;
};

std::shared_ptr<const DenseSnapshot> DenseIndex::snapshot() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

void DenseIndex::clear(std::size_t dimension) {
    dimension_ = dimension;
    parts_.clear();
    last_.reset();
}

void DenseIndex::add(std::int64_t node_key, std::int64_t document_key, std::span<const float> embedding) {
    if (embedding.size() != dimension_) {
        throw Error(errc::invalid_argument, fmt::format("A vector has {} components, the others have {}.", embedding.size(), dimension_));
    }
    const std::vector<float> floats = unit(embedding);
    std::vector<std::int8_t> codes(floats.size());
    const QuantizedVector quantized = quantize(floats, codes.data());
    append({node_key, document_key, floats.data(), codes.data(), quantized});
}

void DenseIndex::append(const Row& row) {
    if (!last_ || parts_.back().rows == DenseBlock::capacity) {
        last_ = std::make_shared<DenseBlock>(padded(dimension_));
        parts_.push_back({.block = last_, .dead = nullptr});
    }
    DenseSnapshot::Part& part = parts_.back();
    const std::size_t at = part.rows;
    std::memcpy(last_->floats.data() + at * last_->width, row.floats, last_->width * sizeof(float));
    std::memcpy(last_->codes.data() + at * last_->width, row.codes, last_->width);
    last_->node_keys.data()[at] = row.node_key;
    last_->document_keys.data()[at] = row.document_key;
    last_->quantized.data()[at] = row.quantized;
    ++part.rows;
    ++part.live;
}

void DenseIndex::remove(std::int64_t document_key, std::int64_t first, std::int64_t last) {
    for (DenseSnapshot::Part& part : parts_) {
        std::shared_ptr<std::vector<std::uint8_t>> dead;  // published lists are never changed: each change makes a new one
        const DenseBlock& block = *part.block;
        for (std::size_t row = 0; row < part.rows; ++row) {
            const std::int64_t key = block.node_keys.data()[row];
            if (block.document_keys.data()[row] != document_key || key < first || key >= last) continue;
            if (!dead) {
                dead = part.dead ? std::make_shared<std::vector<std::uint8_t>>(*part.dead) : std::make_shared<std::vector<std::uint8_t>>();
                dead->resize(part.rows);
            }
            part.live -= (*dead)[row] == 0 ? 1 : 0;
            (*dead)[row] = 1;
        }
        if (dead) part.dead = std::move(dead);
    }
    compact();
}

// Blocks that are less than half alive move to the end: the index never takes more than twice what its rows need.
void DenseIndex::compact() {
    if (parts_.empty()) return;
    std::vector<DenseSnapshot::Part> sparse;
    const auto is_sparse = [this](const DenseSnapshot::Part& part) {
        return &part != &parts_.back() && part.live * 2 < DenseBlock::capacity;
    };
    std::vector<DenseSnapshot::Part> kept;
    for (const DenseSnapshot::Part& part : parts_) (is_sparse(part) ? sparse : kept).push_back(part);
    parts_ = std::move(kept);
    for (const DenseSnapshot::Part& part : sparse) {
        const DenseBlock& block = *part.block;
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (part.is_dead(row)) continue;
            append({block.node_keys.data()[row], block.document_keys.data()[row], block.row_floats(row), block.row_codes(row),
                    block.quantized.data()[row]});
        }
    }
    if (parts_.back().live == 0) {
        parts_.pop_back();
        last_.reset();
    }
}

void DenseIndex::publish() {
    auto next = std::make_shared<const DenseSnapshot>(dimension_, parts_);
    const std::lock_guard lock(mutex_);
    published_.swap(next);
}

DenseSnapshot::DenseSnapshot(std::size_t dimension, std::vector<Part> parts) : dimension_(dimension), parts_(std::move(parts)) {
    for (const Part& part : parts_) size_ += part.live;
}

std::vector<DenseHit> DenseSnapshot::search(std::span<const float> query, std::size_t k,
                                            const std::optional<std::vector<std::int64_t>>& document_keys, std::stop_token stop) const {
    const std::vector<float> wanted = unit(query);
    if (size_ == 0 || k == 0) return {};
    if (query.size() != dimension_) {
        throw Error(errc::invalid_argument,
                    fmt::format("The question's vector has {} components, those of the passages have {}.", query.size(), dimension_));
    }
    const DenseKernels& kernels = dense_kernels();
    std::vector<std::int8_t> codes(wanted.size());
    const QuantizedVector quantized = quantize(wanted, codes.data());
    // With query = q + f and row = x + e (q, x what the codes say): query.row = q.x + q.e + f.row, and |row| is 1.
    const float query_length = std::sqrt(kernels.floats(wanted.data(), wanted.data(), wanted.size())) + quantized.error;
    constexpr float float_error = 1e-4F;  // of all sums of floats here, generously

    struct Candidate {
        const DenseBlock* block;
        std::size_t row;
        float at_most;
    };
    std::vector<Candidate> candidates;
    std::vector<float> best;  // a heap of the k best lower bounds, the worst of them first
    std::int64_t last_document = -1;
    bool last_wanted = true;
    for (const Part& part : parts_) {
        if (stop.stop_requested()) throw Error(errc::timeout, "The search was ended.");
        const DenseBlock& block = *part.block;
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (part.is_dead(row)) continue;
            if (document_keys) {
                const std::int64_t document = block.document_keys.data()[row];
                if (document != last_document) last_wanted = std::ranges::binary_search(*document_keys, document);
                last_document = document;
                if (!last_wanted) continue;
            }
            const QuantizedVector& coded = block.quantized.data()[row];
            const float estimate =
                quantized.step * coded.step * static_cast<float>(kernels.codes(block.row_codes(row), codes.data(), codes.size()));
            const float error = query_length * coded.error + quantized.error + float_error;
            const bool full = best.size() == k;
            if (full && estimate + error < best.front()) continue;
            candidates.push_back({&block, row, estimate + error});
            if (full) {
                if (estimate - error <= best.front()) continue;
                std::ranges::pop_heap(best, std::greater<>());
                best.back() = estimate - error;
            } else {
                best.push_back(estimate - error);
            }
            std::ranges::push_heap(best, std::greater<>());
        }
    }

    std::vector<DenseHit> hits;
    for (const Candidate& candidate : candidates) {
        if (best.size() == k && candidate.at_most < best.front()) continue;
        const float score = kernels.floats(candidate.block->row_floats(candidate.row), wanted.data(), wanted.size());
        hits.push_back({candidate.block->node_keys.data()[candidate.row], std::clamp(score, -1.0F, 1.0F)});
    }
    const std::size_t count = std::min(k, hits.size());
    std::ranges::partial_sort(hits, hits.begin() + static_cast<std::ptrdiff_t>(count), [](const DenseHit& a, const DenseHit& b) {
        return a.score != b.score ? a.score > b.score : a.node_key < b.node_key;
    });
    hits.resize(count);
    return hits;
}

}  // namespace docmind
