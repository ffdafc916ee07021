#include "storage/engine/dense_index.hpp"

#include "storage/engine/dense_block.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace docmind {
namespace {

constexpr std::size_t rows_at_once = 64;

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

QuantizedVector quantize(std::span<const float> vector, std::span<std::int8_t> codes) {
    float largest = 0;
    for (const float x : vector) largest = std::max(largest, std::abs(x));
    QuantizedVector result{.step = largest / 127};
    double error = 0, coarse_error = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const float code = largest > 0 ? std::clamp(std::nearbyint(vector[i] / result.step), -127.0F, 127.0F) : 0;
        codes[i] = static_cast<std::int8_t>(code);
        const double difference = static_cast<double>(vector[i]) - static_cast<double>(result.step) * code;
        const double fine = (codes[i] + 128) % 16 - 7.5;
        const double coarse_difference = difference + static_cast<double>(result.step) * fine;
        error += difference * difference;
        coarse_error += coarse_difference * coarse_difference;
    }
    result.error = static_cast<float>(std::sqrt(error));
    result.coarse_error = static_cast<float>(std::sqrt(coarse_error));
    return result;
}

std::shared_ptr<const DenseSnapshot> DenseIndex::snapshot() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

std::shared_ptr<const DenseSnapshot> DenseIndex::snapshot(std::string_view space) const {
    const std::lock_guard lock(mutex_);
    if (!published_ || space.empty() || published_->space().empty() || published_->space() == space) return published_;
    return former_ && former_->space() == space ? former_ : nullptr;
}

void DenseIndex::clear(std::string space, std::size_t dimension) {
    space_ = std::move(space);
    dimension_ = dimension;
    parts_.clear();
    last_.reset();
}

DenseBlock& DenseIndex::block_with_room() {
    if (!last_ || parts_.back().rows == DenseBlock::capacity) {
        last_ = std::make_shared<DenseBlock>(padded(dimension_));
        parts_.push_back({.block = last_, .dead = nullptr});
    }
    return *last_;
}

void DenseIndex::add(std::int64_t node_key, std::int64_t document_key, std::span<const float> embedding) {
    if (embedding.size() != dimension_) {
        throw Error(errc::invalid_argument, fmt::format("A vector has {} components, the others have {}.", embedding.size(), dimension_));
    }
    const std::vector<float> floats = unit(embedding);
    DenseBlock& block = block_with_room();
    DenseSnapshot::Part& part = parts_.back();
    const std::size_t at = part.rows, half = block.width / 2;
    std::vector<std::int8_t> codes(block.width);
    block.node_keys[at] = node_key;
    block.document_keys[at] = document_key;
    block.quantized[at] = quantize(floats, std::span(codes).first(dimension_));
    const float step = block.quantized[at].step;
    std::uint8_t* coarse = block.coarse + at * half;
    std::uint8_t* fine = block.fine + at * half;
    for (std::size_t i = 0; i < half; ++i) {
        const int low = codes[i] + 128, high = codes[half + i] + 128;
        coarse[i] = static_cast<std::uint8_t>((low / 16) | (high / 16) << 4);
        fine[i] = static_cast<std::uint8_t>((low % 16) | (high % 16) << 4);
    }
    for (std::size_t i = 0; i < block.width; ++i) {
        const float rest = step > 0 ? (floats[i] / step - static_cast<float>(codes[i])) * 254 : 0;
        block.rest[at * block.width + i] = static_cast<std::int8_t>(std::clamp(std::nearbyint(rest), -127.0F, 127.0F));
    }
    ++part.rows;
    ++part.live;
}

void DenseIndex::copy(const DenseBlock& from, std::size_t row) {
    DenseBlock& block = block_with_room();
    DenseSnapshot::Part& part = parts_.back();
    block.copy_row(part.rows, from, row);
    ++part.rows;
    ++part.live;
}

void DenseIndex::restore(std::string space, std::size_t dimension, std::vector<DenseSnapshot::Part> parts) {
    clear(std::move(space), dimension);
    parts_ = std::move(parts);
}

void DenseIndex::remove(std::int64_t document_key, std::int64_t first, std::int64_t last) {
    remove_if([&](std::int64_t document, std::int64_t node) { return document == document_key && node >= first && node < last; });
}

void DenseIndex::retain(std::span<const std::int64_t> node_keys) {
    remove_if([&](std::int64_t, std::int64_t node) { return !std::ranges::binary_search(node_keys, node); });
}

std::vector<std::int64_t> DenseIndex::missing_of(std::span<const std::int64_t> node_keys) const {
    std::vector<std::int64_t> present, missing;
    for (const DenseSnapshot::Part& part : parts_) {
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (!part.is_dead(row)) present.push_back(part.block->node_keys[row]);
        }
    }
    std::ranges::sort(present);
    std::ranges::set_difference(node_keys, present, std::back_inserter(missing));
    return missing;
}

template <class Remove>
void DenseIndex::remove_if(Remove is_removed) {
    for (DenseSnapshot::Part& part : parts_) {
        std::shared_ptr<std::vector<std::uint8_t>> dead;  // published lists are never changed: each change makes a new one
        const DenseBlock& block = *part.block;
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (!is_removed(block.document_keys[row], block.node_keys[row])) continue;
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
        for (std::size_t row = 0; row < part.rows; ++row) {
            if (!part.is_dead(row)) copy(*part.block, row);
        }
    }
    if (parts_.back().live == 0) {
        parts_.pop_back();
        last_.reset();
    }
}

void DenseIndex::publish() {
    auto next = std::make_shared<const DenseSnapshot>(space_, dimension_, parts_);
    std::shared_ptr<const DenseSnapshot> dropped;  // freed without the lock
    const std::lock_guard lock(mutex_);
    if (published_ && !published_->space().empty() && published_->space() != space_) {
        dropped = std::exchange(former_, published_);
    }
    published_.swap(next);
}

void DenseIndex::forget_former() {
    std::shared_ptr<const DenseSnapshot> dropped;  // freed without the lock
    const std::lock_guard lock(mutex_);
    dropped.swap(former_);
}

DenseSnapshot::DenseSnapshot(std::string space, std::size_t dimension, std::vector<Part> parts)
    : space_(std::move(space)), dimension_(dimension), parts_(std::move(parts)) {
    for (const Part& part : parts_) size_ += part.live;
}

std::size_t DenseSnapshot::width() const noexcept {
    return padded(dimension_);
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
    const QuantizedVector quantized = quantize(wanted, codes);
    std::int32_t sum_of_codes = 0;
    for (const std::int8_t code : codes) sum_of_codes += code;
    // With query = q + f and row = x + e (q, x what the codes say): query.row = q.x + q.e + f.row, and |row| is 1. The last two are at most
    // the lengths' products. Rounding errors lie in no direction of the query's, so they are within `spread` of that but once in a billion.
    const float spread = std::min(1.0F, 6 / std::sqrt(static_cast<float>(dimension_)));
    const float query_length = (std::ranges::any_of(codes, [](std::int8_t code) { return code != 0; }) ? 1.0F : 0.0F) + quantized.error;
    constexpr float float_error = 1e-4F;  // of all sums of floats here, generously
    const float by_error = spread * query_length, least_error = spread * quantized.error + float_error;
    const float by_coarse = 16 * quantized.step, by_middle = -120.5F * quantized.step * static_cast<float>(sum_of_codes);

    struct Candidate {
        const DenseBlock* block;
        std::size_t row;
        float at_most;
    };
    std::vector<Candidate> candidates;
    std::vector<float> best;                                // a heap of the k best lower bounds, the worst of them first
    float worst = -std::numeric_limits<float>::infinity();  // of k of them
    std::int64_t last_document = -1;
    bool last_wanted = true;
    std::array<std::int32_t, rows_at_once> coarse{};
    for (const Part& part : parts_) {
        if (stop.stop_requested()) throw Error(errc::timeout, "The search was ended.");
        const DenseBlock& block = *part.block;
        const std::size_t half = block.width / 2;
        for (std::size_t row = 0; row < part.rows; ++row) {
            const std::size_t nth = row % rows_at_once;
            if (nth == 0)
                kernels.nibbles(block.coarse + row * half, std::min(rows_at_once, part.rows - row), codes.data(), block.width,
                                coarse.data());
            const QuantizedVector& coded = block.quantized[row];
            const float rough = coded.step * (by_coarse * static_cast<float>(coarse[nth]) + by_middle);
            if (rough + by_error * coded.coarse_error + least_error < worst) continue;
            if (part.is_dead(row)) continue;
            if (document_keys) {
                const std::int64_t document = block.document_keys[row];
                if (document != last_document) last_wanted = std::ranges::binary_search(*document_keys, document);
                last_document = document;
                if (!last_wanted) continue;
            }
            std::int32_t fine = 0;
            kernels.nibbles(block.fine + row * half, 1, codes.data(), block.width, &fine);
            const float estimate = quantized.step * coded.step * static_cast<float>(16 * coarse[nth] + fine - 128 * sum_of_codes);
            const float error = by_error * coded.error + least_error;
            if (estimate + error < worst) continue;
            candidates.push_back({&block, row, estimate + error});
            if (estimate - error <= worst) continue;
            if (best.size() == k) {
                std::ranges::pop_heap(best, std::greater<>());
                best.pop_back();
            }
            best.push_back(estimate - error);
            std::ranges::push_heap(best, std::greater<>());
            if (best.size() == k) worst = best.front();
        }
    }

    std::vector<DenseHit> hits;
    for (const Candidate& candidate : candidates) {
        if (candidate.at_most < worst) continue;
        const DenseBlock& block = *candidate.block;
        const std::size_t row = candidate.row, half = block.width / 2;
        const float score = block.quantized[row].step * kernels.values(block.coarse + row * half, block.fine + row * half,
                                                                       block.rest + row * block.width, wanted.data(), block.width);
        hits.push_back({block.node_keys[row], std::clamp(score, -1.0F, 1.0F)});
    }
    const std::size_t count = std::min(k, hits.size());
    std::ranges::partial_sort(hits, hits.begin() + static_cast<std::ptrdiff_t>(count), [](const DenseHit& a, const DenseHit& b) {
        return a.score != b.score ? a.score > b.score : a.node_key < b.node_key;
    });
    hits.resize(count);
    return hits;
}

}  // namespace docmind
